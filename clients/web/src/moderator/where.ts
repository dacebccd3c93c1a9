// where.ts: what the desk shows, kept in the address, so that the browser's own way back works.
import { go, where } from './participant';

export const TABS = ['queue', 'picture', 'log', 'duty'] as const;
export type Tab = (typeof TABS)[number];

export function tabNow(): Tab {
	const tab = where.value.tab;
	return (TABS as readonly string[]).includes(tab ?? '') ? (tab as Tab) : 'queue';
}

export type Pane =
	| { kind: 'item'; item: string }
	| { kind: 'thread'; circle: string; thread: string }
	| { kind: 'circle'; circle: string };

export function paneNow(): Pane | null {
	const { item, circle, thread } = where.value;
	if (item) return { kind: 'item', item };
	if (circle && thread) return { kind: 'thread', circle, thread };
	if (circle) return { kind: 'circle', circle };
	return null;
}

export function openTab(tab: Tab): void {
	go({ view: 'desk', ...(tab === 'queue' ? {} : { tab }) });
}

/** `inPlace`: going through the queue leaves one step behind, not fifty. */
export function openItem(item: string | undefined, inPlace = false): void {
	const was = where.peek();
	const tab = was.tab === 'picture' ? { tab: 'picture' } : {};
	go({ view: 'desk', ...tab, ...(item ? { item } : {}) }, inPlace);
}

export function openThread(circle: string, thread: string): void {
	const tab = where.peek().tab === 'picture' ? { tab: 'picture' } : {};
	go({ view: 'desk', ...tab, circle, thread });
}

export function openCircle(circle: string): void {
	const tab = where.peek().tab === 'picture' ? { tab: 'picture' } : {};
	go({ view: 'desk', ...tab, circle });
}

export function closePane(): void {
	const tab = where.peek().tab === 'picture' ? { tab: 'picture' } : {};
	go({ view: 'desk', ...tab });
}
