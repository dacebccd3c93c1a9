// keys.ts: one hand on the keyboard. A key is known by its letter or, on a Hebrew or Arabic keyboard, by
// its place. All of them can be switched off, and none works while one writes or a dialog is open.
import { prefs } from './prefs';

export type KeyName =
	| 'next' | 'previous' | 'open' | 'release' | 'reject' | 'mask' | 'remove' | 'sanction' | 'note' | 'choose' | 'chooseAlike'
	| 'claim' | 'freeze' | 'crisis' | 'undo' | 'uncover' | 'queue' | 'picture' | 'log' | 'duty' | 'help' | 'close';

interface Key {
	name: KeyName;
	shown: string;
	letter?: string;
	keys?: string[];
	shift?: boolean;
}

/** In the order of the help page. */
export const KEYS: readonly Key[] = [
	{ name: 'next', shown: 'J', letter: 'j', keys: ['ArrowDown'] },
	{ name: 'previous', shown: 'K', letter: 'k', keys: ['ArrowUp'] },
	{ name: 'open', shown: 'O', letter: 'o' },
	{ name: 'release', shown: 'A', letter: 'a' },
	{ name: 'reject', shown: 'R', letter: 'r' },
	{ name: 'mask', shown: 'M', letter: 'm' },
	{ name: 'remove', shown: 'D', letter: 'd' },
	{ name: 'sanction', shown: 'S', letter: 's' },
	{ name: 'note', shown: 'N', letter: 'n' },
	{ name: 'choose', shown: 'X', letter: 'x' },
	{ name: 'chooseAlike', shown: 'Shift+X', letter: 'x', shift: true },
	{ name: 'claim', shown: 'C', letter: 'c' },
	{ name: 'freeze', shown: 'F', letter: 'f' },
	{ name: 'crisis', shown: 'Shift+C', letter: 'c', shift: true },
	{ name: 'undo', shown: 'Z', letter: 'z' },
	{ name: 'uncover', shown: 'H', letter: 'h' },
	{ name: 'queue', shown: '1', keys: ['1'] },
	{ name: 'picture', shown: '2', keys: ['2'] },
	{ name: 'log', shown: '3', keys: ['3'] },
	{ name: 'duty', shown: '4', keys: ['4'] },
	{ name: 'help', shown: '?', keys: ['?'] },
	{ name: 'close', shown: 'Esc', keys: ['Escape'] },
];

const handlers: Partial<Record<KeyName, () => void>>[] = [];

/** Whoever came last answers first. */
export function onKeys(map: Partial<Record<KeyName, () => void>>): () => void {
	handlers.push(map);
	return () => {
		const at = handlers.indexOf(map);
		if (at >= 0) handlers.splice(at, 1);
	};
}

export function shortcutOf(name: KeyName): string | undefined {
	return prefs.value.keys ? KEYS.find((key) => key.name === name)?.shown : undefined;
}

function isWriting(element: Element | null): boolean {
	return !!element?.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
}

function found(event: KeyboardEvent): Key | undefined {
	const latin = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : '';
	return KEYS.find((key) => {
		if (key.keys?.includes(event.key)) return true;
		return !!key.letter && key.letter === latin && !!key.shift === event.shiftKey;
	});
}

export function listenToKeys(): () => void {
	const listen = (event: KeyboardEvent) => {
		if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
		if (document.querySelector('dialog[open]') || isWriting(document.activeElement)) return;
		const key = found(event);
		if (!key) return;
		// Escape and the arrows are no letters: they stay.
		const isLetter = key.name !== 'close';
		if (isLetter && !prefs.peek().keys) return;
		// Where arrows scroll or move, they keep doing so.
		if (event.key.startsWith('Arrow') && document.activeElement?.closest('.pane, [role=log], .mask-words, .scrolls')) return;
		for (let i = handlers.length - 1; i >= 0; i--) {
			const act = handlers[i]![key.name];
			if (!act) continue;
			event.preventDefault();
			act();
			return;
		}
	};
	document.addEventListener('keydown', listen);
	return () => document.removeEventListener('keydown', listen);
}
