// where.ts: what is shown, as written in the address after `#`: shareable, and the way back is the
// browser's own. An invitation is taken out of the address at once.
import { signal } from '@preact/signals';

export type View = 'welcome' | 'stream' | 'inbox' | 'mine' | 'search' | 'members' | 'circles' | 'desk';

export interface Where {
	view?: View;
	process?: string;
	circle?: string;
	thread?: string;
	post?: string;
	seq?: number;
	/** At the desk: which part of it, and which item of the queue is open. */
	tab?: string;
	item?: string;
}

const VIEWS: readonly string[] = ['welcome', 'stream', 'inbox', 'mine', 'search', 'members', 'circles', 'desk'];

function read(): Where & { invite?: string } {
	const params = new URLSearchParams(location.hash.slice(1));
	const where: Where & { invite?: string } = {};
	const view = params.get('view');
	if (view && VIEWS.includes(view)) where.view = view as View;
	if (params.has('desk')) where.view = 'desk';
	for (const name of ['process', 'circle', 'thread', 'post', 'tab', 'item', 'invite'] as const) {
		const value = params.get(name);
		if (value && value.length <= 200) where[name] = value;
	}
	const seq = Number(params.get('seq'));
	if (Number.isSafeInteger(seq) && seq > 0) where.seq = seq;
	return where;
}

export function address(where: Where): string {
	const params = new URLSearchParams();
	for (const name of ['view', 'process', 'tab', 'circle', 'thread', 'post', 'item', 'seq'] as const) {
		const value = where[name];
		if (value !== undefined) params.set(name, String(value));
	}
	const text = params.toString();
	return text ? '#' + text : location.pathname;
}

/** The spent or unspent invitation that this page was opened with. */
export let invitation: string | undefined;

function takeInvitation(): Where {
	const { invite, ...rest } = read();
	if (invite) {
		invitation = invite;
		// Not in the history, not in what is copied from the address bar, not on a screen that is shown.
		history.replaceState(null, '', address(rest));
	}
	return rest;
}

export const where = signal<Where>(takeInvitation());

let onInvitation: (() => void) | undefined;
export function whenInvited(then: () => void): void {
	onInvitation = then;
}

addEventListener('popstate', () => {
	const before = invitation;
	where.value = takeInvitation();
	if (invitation !== before) onInvitation?.();
});

export function go(to: Where, replace = false): void {
	const text = address(to);
	if (replace) history.replaceState(null, '', text);
	else if (address(where.value) !== text) history.pushState({ inside: true }, '', text);
	where.value = to;
}

/** Leaves a part of the page for what was there before it, or for `otherwise` when opened by a link. */
export function goBack(otherwise: Where): void {
	if ((history.state as { inside?: boolean } | null)?.inside) history.back();
	else go(otherwise, true);
}
