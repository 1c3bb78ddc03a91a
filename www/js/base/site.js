// @ts-check

/** Where the page's files are: modules, assets, engines. */
export const SITE = new URL("../../", import.meta.url);
