// memory.ts: what this device remembers. Where the browser forbids storing, it lasts as long as the page.

const PREFIX = 'maagal.';
const meanwhile = new Map<string, string>();

export function recall<T>(name: string): T | undefined {
	let text: string | null | undefined;
	try {
		text = localStorage.getItem(PREFIX + name);
	} catch {
		text = undefined;
	}
	if (meanwhile.has(name)) text = meanwhile.get(name);
	if (text == null) return undefined;
	try {
		return JSON.parse(text) as T;
	} catch {
		return undefined;
	}
}

export function remember(name: string, value: unknown): void {
	if (value === undefined || value === null || value === '') {
		forget(name);
		return;
	}
	const text = JSON.stringify(value);
	try {
		localStorage.setItem(PREFIX + name, text);
		meanwhile.delete(name);
	} catch {
		// Full or forbidden: it is kept for this page.
		meanwhile.set(name, text);
	}
}

export function forget(name: string): void {
	meanwhile.delete(name);
	try {
		localStorage.removeItem(PREFIX + name);
	} catch {
		// Nothing was kept.
	}
}

export function forgetAll(): void {
	meanwhile.clear();
	try {
		for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
	} catch {
		// Nothing was kept.
	}
}

/** The names that begin so, e.g. every letter in the outbox. */
export function recallNames(beginning: string): string[] {
	const names = [...meanwhile.keys()];
	try {
		for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) names.push(key.slice(PREFIX.length));
	} catch {
		// Nothing was kept.
	}
	return names.filter((name) => name.startsWith(beginning));
}

export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
