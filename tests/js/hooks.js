// How node finds what the browser gets from the server: `page-en.js` lies among the fixtures. And a module that is
// asked for with `?page=…` hands that on to what it imports, so that each page of page.js has modules of its own.

const FIXTURES = new URL("./fixtures/", import.meta.url);

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const served = /page-(en|vi)\.js$/.exec(specifier);
  const found = await nextResolve(served ? new URL(served[0], FIXTURES).href : specifier, context);
  const { search } = new URL(context.parentURL ?? "file:///");
  if (!search || !found.url.includes("/assets/live/")) return found;
  const url = new URL(found.url);
  url.search = search;
  return { ...found, url: url.href };
}
