import { inertSegments } from '@/lib/schema/inert-segments';

/** An element with plain attributes; strings become text, never markup. */
export function el(tag: string, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Hostile text: unseen characters appear as markers, and whatever direction it has stays within it. */
export function appendInert(parent: HTMLElement, text: string): void {
  const inside = el('bdi');
  for (const segment of inertSegments(text))
    inside.append(segment.kind === 'text' ? segment.text : el('span', { class: 'marker', title: segment.name }, segment.label));
  parent.append(inside);
}
