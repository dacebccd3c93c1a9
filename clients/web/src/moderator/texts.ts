// texts.ts: the desk's own sentences; they come with its script.
import { translator } from '../texts/texts';
import ar from '../texts/desk/ar.json';
import en from '../texts/desk/en.json';
import he from '../texts/desk/he.json';

export type DeskKey = keyof typeof en;
export const d = translator<DeskKey>({ he, ar, en });

/** For what the server may name and this page may not know yet: the name itself, at worst. */
export function named(family: string, name: string | null | undefined): string {
	if (!name) return '';
	const key = `${family}.${name}`;
	return key in en ? d(key as DeskKey) : name.replace(/_/g, ' ').toLowerCase();
}

export function knows(family: string, name: string): boolean {
	return `${family}.${name}` in en;
}
