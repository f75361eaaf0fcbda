// Puts a button at every block that is worth taking away. Without it the text is selected by hand.
for (const block of document.querySelectorAll('pre')) {
  const button = document.createElement('button');
  const say = (word) => {
    button.textContent = word;
  };
  button.type = 'button';
  button.className = 'copy';
  say('Copy');
  button.addEventListener('click', () => {
    navigator.clipboard
      .writeText(block.textContent)
      .then(
        () => say('Copied'),
        () => say('Select and copy it by hand'),
      )
      .finally(() => setTimeout(() => say('Copy'), 2_000));
  });
  block.before(button);
}
