import { html } from 'hono/html';
import type { OwnerTexts } from './owner-texts.ts';

export const englishTexts: OwnerTexts = {
  connect: {
    title: 'Connect your TikTok account',
    lead: 'You are connecting the TikTok account of this store, so that its numbers are recorded every day.',
    since: (day) =>
      html`This store has needed a new connection since ${day}. Please use the same TikTok account as before.`,
    missing: (count) =>
      `${count === 1 ? 'One day is' : `${count} days are`} missing so far, and TikTok does not tell past days: each further day is lost.`,
    readsTitle: 'Read once a day',
    reads: [
      'Account: name, picture, and the number of followers, accounts followed, likes and videos',
      'Each public video: title, views, likes, comments and shares',
    ],
    neverTitle: 'Never',
    never: [
      'See your password',
      'Post, change or delete anything',
      'Read messages',
      'Read anything that is not public',
    ],
    button: 'Continue with TikTok',
    afterwards:
      'TikTok opens and asks for your consent. Please check there that you are signed in to this store’s account.',
  },
  store: 'Store',
  account: 'TikTok account of this store',
  unnamedAccount: 'Your TikTok account',
  outcomes: {
    CONNECTED: {
      title: 'Connected',
      what: 'The TikTok account is now connected to the store.',
      next: 'You can close this page.',
    },
    UNDONE: {
      title: 'Taken back',
      what: 'The account is no longer connected, and what was read of it is deleted.',
      next: 'Please ask your admin for the link of your own store.',
    },
    REFUSED: {
      title: 'Not connected',
      what: 'You declined on TikTok, so nothing was connected.',
      next: 'If you change your mind, open the link you were given again. It still works.',
    },
    TIKTOK_ERROR: {
      title: 'Not connected',
      what: 'TikTok did not complete the sign-in, so nothing was connected.',
      next: 'Please open the link you were given again. If it keeps failing, tell your admin.',
    },
    TIKTOK_UNAVAILABLE: {
      title: 'TikTok is not answering',
      what: 'TikTok did not answer, so nothing was connected.',
      next: 'Wait a few minutes, then open the link you were given again. It still works.',
    },
    MISCONFIGURED: {
      title: 'Not connected',
      what: 'TikTok does not accept the settings of this system. You did nothing wrong.',
      next: 'Please tell your admin. They have to put this right before you can connect.',
    },
    OTHER_ACCOUNT: {
      title: 'That is a different account',
      what: 'This store belongs to another TikTok account, so nothing was changed.',
      next: 'Sign in to TikTok with the store’s own account, then open the link you were given again.',
    },
    ACCOUNT_ON_OTHER_STORE: {
      title: 'That account is already in use',
      what: 'This TikTok account is connected to another store, so nothing was changed.',
      next: 'Open the link you were given again and use this store’s own account. If it is the right one, ask your admin.',
    },
    LINK_USED: {
      title: 'This link was already used',
      what: 'The link was used in the meantime, so nothing was changed.',
      next: 'If the store is not connected yet, ask your admin for a new link.',
    },
    IN_PROGRESS: {
      title: 'Connecting…',
      what: 'TikTok is being asked. This takes a few seconds.',
      next: 'This page refreshes by itself.',
    },
    ENDED: {
      title: 'No longer connected',
      what: 'The TikTok account was connected, but that connection has ended since.',
      next: 'Please ask your admin for a new link.',
    },
    INVALID_STATE: {
      title: 'This sign-in can’t be finished',
      what: 'It took too long, was finished already, or was started in another browser. Nothing was changed.',
      next: 'Please open the link you were given again.',
    },
  },
  connected: {
    waiting: 'The first numbers are on their way. This page refreshes by itself.',
    done: 'The first numbers have arrived. From now on they are read every day, by themselves.',
    later: 'The first numbers come with the next sync, by themselves. There is nothing for you to do.',
    daily: 'From now on the numbers are read every day, by themselves.',
    undoTitle: 'Not your store?',
    undo: 'Then take the connection back. What was read of your account is deleted.',
    undoButton: 'Undo',
    missingTitle: 'Not everything was allowed',
    missing:
      'To add it, ask your admin for a new link, open it, and leave every permission switched on. Still missing:',
    scopes: {
      'user.info.basic': 'account name and picture',
      'user.info.profile': 'username',
      'user.info.stats': 'number of followers, likes and videos',
      'video.list': 'public videos and their numbers',
    },
  },
  linkGone: {
    title: 'This link no longer works',
    what: 'It was already used, has expired, or was not copied completely.',
    next: 'Please ask your admin for a new link.',
  },
  error: {
    byStatus: {
      403: { title: 'Not allowed', what: null },
      404: { title: 'Page not found', what: null },
      429: { title: 'Too many attempts', what: null },
      500: { title: 'Something went wrong', what: null },
      503: { title: 'Not available right now', what: null },
    },
    fallback: { title: 'That did not work', what: null },
    code: 'Code',
  },
};
