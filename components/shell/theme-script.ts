/** Where the browser keeps the chosen theme. */
export const themeKey = "gatehouse-theme";

/** Runs in <head> before the first paint, so that a chosen theme never flashes the other; <html> needs `suppressHydrationWarning`. */
export const themeScript = `try{var t=localStorage.getItem("${themeKey}");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch(e){document.documentElement.removeAttribute("data-theme")}`;
