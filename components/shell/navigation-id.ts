/** Ties the menu button of narrow screens to the navigation it opens. */
export const navigationId = "navigation";
