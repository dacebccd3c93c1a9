// words.tsx: what people wrote and are called, shown as nothing but text: each in its own direction and
// language, links made of http and https only.

const LINK = /https?:\/\/[^\s<>"'`\u0000-\u0020\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]+/giu;
const CLOSING = /[.,;:!?…״”’»׃؟،؛*_~|]+$/u;
const PAIRS: readonly (readonly [string, string])[] = [
	['(', ')'],
	['[', ']'],
	['{', '}'],
];

/** Punctuation after an address belongs to the sentence, unless the address opened the bracket itself. */
function cut(address: string): string {
	for (;;) {
		const before = address;
		address = address.replace(CLOSING, '');
		for (const [open, close] of PAIRS) {
			if (address.endsWith(close) && address.split(close).length > address.split(open).length)
				address = address.slice(0, -1);
		}
		if (address === before) return address;
	}
}

export interface Piece {
	text: string;
	href?: string;
	/** Where it really leads, if the text does not plainly say so. */
	host?: string;
}

export function pieces(text: string): Piece[] {
	const out: Piece[] = [];
	let at = 0;
	for (const match of text.matchAll(LINK)) {
		const address = cut(match[0]);
		let url: URL;
		try {
			url = new URL(address);
		} catch {
			continue;
		}
		// "https://bank.example@evil.example" leads elsewhere than it seems: it stays mere text.
		if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username || url.password || !url.hostname)
			continue;
		if (match.index > at) out.push({ text: text.slice(at, match.index) });
		const isPlain = address.toLowerCase().includes('//' + url.hostname);
		out.push({ text: address, href: url.href, ...(isPlain ? {} : { host: url.hostname }) });
		at = match.index + address.length;
	}
	if (at < text.length) out.push({ text: text.slice(at) });
	return out;
}

const FIRST_LETTER = /\p{L}/u;
const FROM_RIGHT = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFF]/;

/** Which way a line that begins with a word of the other side's letters should run: as most of its letters do. */
export function turned(line: string): 'rtl' | 'ltr' | null {
	const first = FIRST_LETTER.exec(line);
	if (!first) return null;
	let right = 0;
	let left = 0;
	for (const letter of line.replace(LINK, '').match(/\p{L}/gu) ?? []) FROM_RIGHT.test(letter) ? right++ : left++;
	const begins = FROM_RIGHT.test(first[0]) ? 'rtl' : 'ltr';
	const runs = right > left ? 'rtl' : left > right ? 'ltr' : begins;
	return runs === begins ? null : runs;
}

/** Line by line, because each has its own direction. A mark that is never copied turns it. */
function Linked({ text }: { text: string }) {
	const lines = text.split('\n');
	if (!lines.some(turned)) return <Pieces text={text} />;
	return (
		<>
			{lines.map((line, i) => {
				const way = turned(line);
				return (
					<>
						{i > 0 && '\n'}
						{way && <span class={'turn-' + way} />}
						<Pieces text={line} />
					</>
				);
			})}
		</>
	);
}

function Pieces({ text }: { text: string }) {
	return (
		<>
			{pieces(text).map((piece) =>
				piece.href ? (
					<>
						<a href={piece.href} rel="noopener noreferrer nofollow ugc" target="_blank" dir="ltr" class="outside">
							{piece.text}
						</a>
						{piece.host && <bdi class="host"> ({piece.host})</bdi>}
					</>
				) : (
					piece.text
				),
			)}
		</>
	);
}

/** Half-open, in code points, as the server counts. */
export interface Span {
	start: number;
	end: number;
}

/** Where a span covers the whole text nothing is marked: there is nothing to find. */
export function marked(text: string, spans: Span[]): { text: string; isMarked: boolean }[] {
	const points = Array.from(text);
	const marks = points.map(() => false);
	for (const { start, end } of spans) {
		if (start <= 0 && end >= points.length && spans.length > 1) continue;
		for (let i = Math.max(0, start); i < Math.min(end, points.length); i++) marks[i] = true;
	}
	const out: { text: string; isMarked: boolean }[] = [];
	points.forEach((point, i) => {
		const last = out[out.length - 1];
		if (last && last.isMarked === marks[i]) last.text += point;
		else out.push({ text: point, isMarked: marks[i]! });
	});
	return out;
}

export function Words({ text, lang, class: name }: { text: string; lang?: string | undefined; class?: string }) {
	return (
		<div class={'words ' + (name ?? '')} dir="auto" {...(lang ? { lang } : {})}>
			<Linked text={text} />
		</div>
	);
}

export function MarkedWords({ text, spans, lang }: { text: string; spans: Span[]; lang?: string }) {
	return (
		<div class="words quote" dir="auto" {...(lang ? { lang } : {})}>
			{marked(text, spans).map((part) => (part.isMarked ? <mark>{part.text}</mark> : part.text))}
		</div>
	);
}

/** Text that the process or the server wrote; paragraphs kept. */
export function Prose({ text }: { text: string }) {
	return (
		<div class="words" dir="auto">
			<Linked text={text} />
		</div>
	);
}

export function Name({ name, tag }: { name: string; tag?: string | undefined }) {
	return (
		<>
			<bdi class="name">{name}</bdi>
			{tag && (
				<bdi class="tag" dir="ltr">
					#{tag}
				</bdi>
			)}
		</>
	);
}

const HUES = 8;

/** The first letter in a quiet colour that stays the same for the same person. */
export function Avatar({ id, name }: { id: string; name: string }) {
	let hash = 7;
	for (const letter of id || name) hash = (hash * 31 + letter.codePointAt(0)!) >>> 0;
	const initial = Array.from(name.replace(/[^\p{L}\p{N}]/gu, ''))[0] ?? '·';
	return (
		<span class={'avatar hue' + (hash % HUES)} aria-hidden="true">
			{initial.toLocaleUpperCase()}
		</span>
	);
}

