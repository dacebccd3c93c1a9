// mask.tsx: choosing words to mask. Each word is a switch; the arrows go through them, with Shift they
// take all on the way; a finger or a mouse marks a stretch.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Span } from '../parts/words';

interface Word {
	text: string;
	/** Code points, half-open. */
	start: number;
	end: number;
}

export function wordsOf(text: string): Word[] {
	const words: Word[] = [];
	let at = 0;
	let word = '';
	let start = 0;
	for (const point of text) {
		const isBlank = /\s/u.test(point);
		if (isBlank && word) {
			words.push({ text: word, start, end: at });
			word = '';
		} else if (!isBlank) {
			if (!word) start = at;
			word += point;
		}
		at++;
	}
	if (word) words.push({ text: word, start, end: at });
	return words;
}

/** Neighbours become one span: what stands between them goes with them. */
export function spansOf(words: Word[], taken: ReadonlySet<number>): Span[] {
	const spans: Span[] = [];
	words.forEach((word, i) => {
		if (!taken.has(i)) return;
		const last = spans[spans.length - 1];
		if (last && taken.has(i - 1)) last.end = word.end;
		else spans.push({ start: word.start, end: word.end });
	});
	return spans;
}

/** As its first letter has it; the browser does not look into the buttons. */
function readsFrom(text: string): 'rtl' | 'ltr' {
	const letter = /\p{L}/u.exec(text)?.[0] ?? '';
	return /[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(letter) ? 'rtl' : 'ltr';
}

export function MaskWords(props: { text: string; lang: string; first: Span[]; label: string; onChange(spans: Span[]): void }) {
	const words = useMemo(() => wordsOf(props.text), [props.text]);
	const [taken, setTaken] = useState<ReadonlySet<number>>(() => {
		const found = new Set<number>();
		words.forEach((word, i) => {
			if (props.first.some((span) => span.start < word.end && span.end > word.start)) found.add(i);
		});
		// A finding about the whole text names no words.
		return found.size === words.length ? new Set<number>() : found;
	});
	const [at, setAt] = useState(0);
	const place = useRef<HTMLDivElement>(null);
	const dragging = useRef<{ from: number; takes: boolean } | null>(null);
	useEffect(() => props.onChange(spansOf(words, taken)), [taken]);

	const set = (from: number, to: number, takes: boolean) =>
		setTaken((before) => {
			const next = new Set(before);
			for (let i = Math.min(from, to); i <= Math.max(from, to); i++) {
				if (takes) next.add(i);
				else next.delete(i);
			}
			return next;
		});
	const move = (to: number, extends_: boolean) => {
		const next = Math.max(0, Math.min(words.length - 1, to));
		if (extends_) set(at, next, true);
		setAt(next);
		place.current?.querySelectorAll<HTMLElement>('button')[next]?.focus();
	};
	const indexOf = (target: EventTarget | null): number => {
		const button = (target as HTMLElement | null)?.closest?.('button');
		return button ? Number(button.dataset['i']) : -1;
	};

	return (
		<div
			ref={place}
			class="mask-words words"
			dir={readsFrom(props.text)}
			lang={props.lang}
			role="group"
			aria-label={props.label}
			onKeyDown={(event) => {
				const isRtl = getComputedStyle(event.currentTarget).direction === 'rtl';
				const step = event.key === 'ArrowRight' ? (isRtl ? -1 : 1) : event.key === 'ArrowLeft' ? (isRtl ? 1 : -1) : 0;
				if (!step) return;
				event.preventDefault();
				move(at + step, event.shiftKey);
			}}
			onPointerDown={(event) => {
				const i = indexOf(event.target);
				if (i < 0 || event.pointerType === 'touch') return;
				dragging.current = { from: i, takes: !taken.has(i) };
			}}
			onPointerOver={(event) => {
				const i = indexOf(event.target);
				const drag = dragging.current;
				if (!drag || i < 0 || i === drag.from || !event.buttons) return;
				set(drag.from, i, drag.takes);
			}}
			onPointerUp={() => (dragging.current = null)}
		>
			{words.map((word, i) => (
				<>
					<button
						type="button"
						data-i={i}
						class="mask-word"
						aria-pressed={taken.has(i)}
						tabIndex={i === at ? 0 : -1}
						onFocus={() => setAt(i)}
						onClick={() => set(i, i, !taken.has(i))}
					>
						{word.text}
					</button>{' '}
				</>
			))}
		</div>
	);
}

export function maskedText(text: string, spans: Span[]): string {
	return Array.from(text)
		.map((point, i) => (!/\s/u.test(point) && spans.some((span) => i >= span.start && i < span.end) ? '█' : point))
		.join('');
}
