/** Whether `href` is the page at `pathname` or the one above it ("/requests" for "/requests/r-41"). */
export function isCurrent(pathname: string, href: string): boolean {
  if (href === "/") {
    return pathname === "/";
  }
  return pathname === href || pathname.startsWith(`${href}/`);
}
