// bits.tsx: the small parts that every column uses: clocks, levels, kinds, keys on buttons.
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from '../parts/icon';
import { dayAndClock, duration, t } from '../texts/texts';
import { now } from './desk';
import { lang } from './participant';
import { shortcutOf, type KeyName } from './keys';
import { d, knows, named } from './texts';
import type { Finding, Item } from './wire';

/** The key stands on the button as long as keys are on. */
export function ActButton(props: {
	icon: IconName;
	onClick(): void;
	children: ComponentChildren;
	shortcut?: KeyName;
	kind?: 'primary' | 'grave' | 'plain' | '';
	isDisabled?: boolean;
	pressed?: boolean;
	id?: string;
	turns?: boolean;
}) {
	const key = props.shortcut && shortcutOf(props.shortcut);
	return (
		<button
			type="button"
			id={props.id}
			class={`button small ${props.kind ?? ''}`}
			disabled={props.isDisabled}
			aria-pressed={props.pressed}
			aria-keyshortcuts={key || undefined}
			onClick={props.onClick}
		>
			<Icon name={props.icon} turns={props.turns === true} />
			<span>{props.children}</span>
			{key && (
				<kbd aria-hidden="true" dir="ltr">
					{key}
				</kbd>
			)}
		</button>
	);
}

export const kindIcons: Record<Item['kind'], IconName> = {
	held: 'clock',
	edit: 'pen',
	report: 'flag',
	alert: 'storm',
	appeal: 'scale',
};

export function KindBadge({ item }: { item: Item }) {
	return (
		<span class={'kind ' + item.kind}>
			<Icon name={kindIcons[item.kind]} />
			{d(`kind.${item.kind}`)}
		</span>
	);
}

function ago(seconds: number): string {
	if (seconds < 60) return d('ago.now');
	if (seconds < 3600) return d('ago.minutes', { n: Math.floor(seconds / 60) });
	if (seconds < 86400) return d('ago.hours', { n: Math.floor(seconds / 3600) });
	return d('ago.days', { n: Math.floor(seconds / 86400) });
}

export function Ago({ at }: { at: string }) {
	return (
		<time dateTime={at} title={dayAndClock(at)}>
			{ago((now.value - Date.parse(at)) / 1000)}
		</time>
	);
}

export function inTime(seconds: number): string {
	if (seconds < 3600) return duration(Math.max(1, seconds));
	if (seconds < 86400 * 2) return d('in.hours', { n: Math.round(seconds / 3600) });
	return d('in.days', { n: Math.round(seconds / 86400) });
}

/** Time left, by words and a sign when it presses, not by colour alone. */
export function Left({ until, long }: { until: string | null | undefined; long?: boolean }) {
	if (!until) return null;
	const seconds = (Date.parse(until) - now.value) / 1000;
	if (Number.isNaN(seconds)) return null;
	const presses = seconds < 600;
	return (
		<span class={presses ? 'left presses' : 'left'} title={dayAndClock(until)}>
			<Icon name={presses ? 'bell' : 'clock'} />
			{seconds <= 0 ? d('left.over') : long ? d('left.long', { time: inTime(seconds) }) : inTime(seconds)}
		</span>
	);
}

export const LEVELS = ['calm', 'watch', 'alert', 'crisis'] as const;
export type Level = (typeof LEVELS)[number];

export function levelOf(name: string | undefined): Level {
	return (LEVELS as readonly string[]).includes(name ?? '') ? (name as Level) : 'calm';
}

const levelShapes: Record<Level, string> = {
	calm: 'M4 14c2.700-3 5.300-3 8 0s5.300 3 8 0',
	watch: 'M12 3.500l8.500 8.500-8.500 8.500L3.500 12z',
	alert: 'M12 3l9.500 17h-19z',
	crisis: 'M8 3h8l5 5v8l-5 5H8l-5-5V8z',
};

/** How hot: a word, and a shape of its own for each level. */
export function LevelBadge({ level, small }: { level: string | undefined; small?: boolean }) {
	const of = levelOf(level);
	const at = LEVELS.indexOf(of);
	return (
		<span class={`level ${of} ${small ? 'small' : ''}`}>
			<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" focusable="false">
				<path
					d={levelShapes[of]}
					fill={at >= 1 ? 'currentColor' : 'none'}
					stroke="currentColor"
					stroke-width="2.200"
					stroke-linejoin="round"
					stroke-linecap="round"
				/>
			</svg>
			{d(`level.${of}`)}
		</span>
	);
}

export function Slope({ slope, isCooling }: { slope: number; isCooling?: boolean }) {
	const which = isCooling || slope < -0.02 ? 'falling' : slope > 0.02 ? 'rising' : 'level';
	return (
		<span class={'slope is-' + which}>
			<Icon name={which} />
			{d(`slope.${which}`)}
		</span>
	);
}

export function Causes({ causes }: { causes: string[] | undefined }) {
	if (!causes?.length) return null;
	return (
		<ul class="causes" aria-label={d('causes')}>
			{causes.map((cause) => (
				<li>{named('cause', cause)}</li>
			))}
		</ul>
	);
}

/** Words that are hard to read: what the blur and the counter go by. */
const HARD = new Set(['DEHUMANISING', 'THREAT', 'SLUR', 'WISH_HARM', 'INCITEMENT', 'GROUP_ATTACK']);

export function isHard(item: Item): boolean {
	const verdict = item.verdict;
	if (!verdict) return false;
	return (verdict.incivility ?? 0) >= 700 || !!verdict.findings?.some((finding) => HARD.has(finding.symbol));
}

export function findingName(finding: Finding): string {
	return knows('symbol', finding.symbol) ? named('symbol', finding.symbol) : (finding.explanation ?? named('symbol', finding.symbol));
}

/** One after the other, with the comma of the language. */
export function listed(words: string[]): string {
	return words.join(lang.value === 'ar' ? '\u060c ' : ', ');
}

/** What the queue row says in words: the text, or what it is about. */
export function gist(item: Item): string {
	if (item.kind === 'alert') return listed((item.alert?.causes ?? []).map((cause) => named('cause', cause)));
	if (item.kind === 'appeal') return item.appeal?.text ?? '';
	return item.text ?? item.post?.text ?? '';
}

export function subject(item: Item): string {
	if (item.kind === 'alert') return named('alert', item.alert?.about ?? item.cause);
	if (item.post?.author) return item.post.author.kind === 'erased' ? t('erased.name') : item.post.author.name;
	return d('kind.appeal');
}
