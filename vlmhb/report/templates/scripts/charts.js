/* ---- what a mark of a chart says when it is pointed at or reached by the keyboard ---- */
const tip = make("div", "");
tip.id = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");   // the mark itself says it to programs that read aloud
document.body.append(tip);
const TIP_GAP_PX = 14;

const placeTip = (x, y) => {
  const { width, height } = tip.getBoundingClientRect();
  const over = y - height - TIP_GAP_PX;
  tip.style.left = Math.max(8, Math.min(x - width / 2, root.clientWidth - width - 8)) + "px";
  tip.style.top = (over < 8 ? y + TIP_GAP_PX : over) + "px";
};
const showTip = (mark, x, y) => {
  tip.textContent = visible(mark.getAttribute("aria-label"));
  tip.hidden = false;
  placeTip(x, y);
};
const hideTip = () => { tip.hidden = true; };
const markOf = (event) => event.target.closest ? event.target.closest(".chart [tabindex]") : null;
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
// The tabulator stops once at a chart; arrows go from mark to mark.
const walk = (marks) => (event) => {
  const at = marks.indexOf(event.target);
  const next = STEPS[event.key] && at >= 0 ? marks[at + STEPS[event.key]] : undefined;
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
};
for (const chart of document.querySelectorAll(".chart")) {
  const marks = [...chart.querySelectorAll("[tabindex]")];
  if (!marks.length) continue;
  marks[0].tabIndex = 0;
  chart.addEventListener("keydown", walk(marks));
  chart.addEventListener("pointermove", (event) => {
    const mark = markOf(event);
    if (mark) showTip(mark, event.clientX, event.clientY);
    else hideTip();
  });
  chart.addEventListener("pointerleave", hideTip);
  chart.addEventListener("focusin", (event) => {
    const mark = markOf(event);
    if (!mark) return;
    const box = mark.getBoundingClientRect();
    showTip(mark, box.left + box.width / 2, box.top);
  });
  chart.addEventListener("focusout", hideTip);
}
addEventListener("scroll", hideTip, { passive: true });
addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
