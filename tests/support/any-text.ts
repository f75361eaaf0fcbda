import fc from 'fast-check';

/** Any UTF-16, lone surrogates and NUL included. fast-check's own `binary` takes seconds to set up. */
export const anyText = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength }).map((units) => String.fromCharCode(...units));
