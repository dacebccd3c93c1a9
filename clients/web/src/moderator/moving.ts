// moving.ts: from one item to the next.
import { queue } from './desk';
import { prefs } from './prefs';
import { closePane, openItem, paneNow } from './where';

export function openNext(step: 1 | -1): void {
	const pane = paneNow();
	const items = queue.peek();
	const at = pane?.kind === 'item' ? items.findIndex((item) => item.item === pane.item) : -1;
	const next = at < 0 ? items[step > 0 ? 0 : items.length - 1] : items[at + step];
	if (next) openItem(next.item, pane !== null);
}

/** Before what is open leaves the queue: the one after it, else the one before. */
export function moveOn(gone: string[]): void {
	const pane = paneNow();
	if (pane?.kind !== 'item' || !gone.includes(pane.item)) return;
	const items = queue.peek();
	const at = items.findIndex((item) => item.item === pane.item);
	const left = (item: { item: string }) => !gone.includes(item.item);
	const next = items.slice(Math.max(0, at + 1)).find(left) ?? items.find(left);
	if (next && prefs.peek().moves) openItem(next.item, true);
	else closePane();
}
