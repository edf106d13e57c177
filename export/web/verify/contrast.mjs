// Measures the contrast of every text on the page (WCAG 2.2, 1.4.3); runs inside the page.

/** Texts below 4.5 (3 where large). @returns {string[]} */
export function lowContrast() {
  /** @param {string} colour @returns {number[]} */
  const channels = (colour) => {
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(1, 1).getContext("2d"));
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return Array.from(context.getImageData(0, 0, 1, 1).data);
  };
  /** @param {number[]} rgb */
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = Array.from(node.childNodes).some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim());
    if (!own || !node.checkVisibility() || node.closest(".skip, noscript, option, title")) continue;
    const style = getComputedStyle(node);
    const text = channels(node instanceof SVGElement ? style.fill : style.color);
    let ground = [255, 255, 255, 255];
    for (let at = /** @type {Element | null} */ (node); at; at = at.parentElement) {
      const behind = channels(getComputedStyle(at).backgroundColor);
      if (behind[3] === 255) {
        ground = behind;
        break;
      }
    }
    const [light, dark] = [luminance(text), luminance(ground)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || node.classList.contains("base");
    if (ratio < (large ? 3 : 4.5)) found.push(`${node.tagName}.${node.className} "${node.textContent?.slice(0, 20)}" ${ratio.toFixed(2)}`);
  }
  return found;
}
