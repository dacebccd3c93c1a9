// texts.ts: every sentence of the page, in the reader's language. What is put into a sentence is isolated
// in its own direction, so that an English name does not turn a Hebrew sentence about.
import { signal } from '@preact/signals';
import { recall, remember } from '../connection/memory';
import ar from './ar.json';
import en from './en.json';
import he from './he.json';

export type Lang = 'he' | 'ar' | 'en';
export type TextKey = keyof typeof en;
type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;

export type Catalogue = Record<string, string | Plural>;

export const LANGUAGES: readonly { lang: Lang; name: string }[] = [
	{ lang: 'he', name: 'עברית' },
	{ lang: 'ar', name: 'العربية' },
	{ lang: 'en', name: 'English' },
];

function firstLanguage(): Lang {
	const kept = recall<string>('lang');
	if (kept === 'he' || kept === 'ar' || kept === 'en') return kept;
	for (const wish of navigator.languages ?? []) {
		const lang = wish.slice(0, 2).toLowerCase();
		if (lang === 'he' || lang === 'iw') return 'he';
		if (lang === 'ar') return 'ar';
		if (lang === 'en') return 'en';
	}
	return 'he';
}

export const lang = signal<Lang>(firstLanguage());

export function direction(of: string): 'rtl' | 'ltr' {
	return of === 'he' || of === 'ar' ? 'rtl' : 'ltr';
}

export function chooseLanguage(wish: Lang): void {
	lang.value = wish;
	remember('lang', wish);
}

const FIRST_STRONG = '\u2068';
const POP = '\u2069';

/** Says the sentences of one set of catalogues: the page's own, or those that come with a later script. */
export function translator<K extends string>(catalogues: Record<Lang, Catalogue>) {
	return (key: K, values: Record<string, string | number> = {}, inLang: Lang = lang.value): string => {
		const found = catalogues[inLang][key];
		let text: string;
		if (found === undefined) text = key;
		else if (typeof found === 'string') text = found;
		else {
			const n = Number(values['n'] ?? 0);
			text = (n === 0 ? found.zero : undefined) ?? found[new Intl.PluralRules(inLang).select(n)] ?? found.other ?? key;
		}
		return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
			const value = values[name];
			if (value === undefined) return whole;
			if (typeof value === 'number') return number(value);
			return FIRST_STRONG + value + POP;
		});
	};
}

export const t = translator<TextKey>({ he, ar, en });

export function number(value: number): string {
	return new Intl.NumberFormat(lang.value === 'ar' ? 'ar-u-nu-latn' : lang.value).format(value);
}

function locale(): string {
	// The digits that the rest of the page uses.
	return lang.value === 'ar' ? 'ar-u-nu-latn' : lang.value === 'en' ? 'en-GB' : 'he';
}

export function clock(at: string | number): string {
	return new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(at));
}

export function day(at: string | number): string {
	const date = new Date(at);
	const today = new Date();
	const days = Math.round((startOfDay(today) - startOfDay(date)) / 86400000);
	if (days === 0) return t('day.today');
	if (days === 1) return t('day.yesterday');
	const isThisYear = date.getFullYear() === today.getFullYear();
	return new Intl.DateTimeFormat(locale(), {
		weekday: 'long',
		day: 'numeric',
		month: 'long',
		...(isThisYear ? {} : { year: 'numeric' }),
	}).format(date);
}

export function dayAndClock(at: string | number): string {
	return new Date(at).toDateString() === new Date().toDateString() ? clock(at) : `${day(at)}${lang.value === 'ar' ? '،' : ','} ${clock(at)}`;
}

export function longDate(at: string): string {
	const date = new Date(/^\d{4}-\d\d-\d\d$/.test(at) ? at + 'T12:00:00' : at);
	if (Number.isNaN(date.getTime())) return at;
	return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'long', year: 'numeric' }).format(date);
}

export function duration(seconds: number): string {
	if (seconds < 60) return t('seconds', { n: Math.max(1, Math.ceil(seconds)) });
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return `\u2066${minutes}:${String(Math.ceil(seconds) % 60).padStart(2, '0')}\u2069`;
	return t('hours', { n: Math.ceil(minutes / 60) });
}

function startOfDay(date: Date): number {
	return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
