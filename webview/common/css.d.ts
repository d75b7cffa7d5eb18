/** Stylesheets are bundled beside the script of the page that imports them. */
declare module '*.css' {}
