// reasons.tsx: what the author is told: sentences that are there already, in the author's own language,
// and a field for one's own words; the rule; a note that stays at the desk.
import { useId, useState } from 'preact/hooks';
import { Icon } from '../parts/icon';
import type { Lang } from '../texts/texts';
import { charters } from './participant';
import { deskOf } from './desk';
import { d, named } from './texts';
import type { Finding } from './wire';

export const REASONS = ['insult', 'hate', 'threat', 'privacy', 'misleading', 'spam', 'off_topic'] as const;
type ReasonName = (typeof REASONS)[number];

const SYMBOL_REASONS: Record<string, ReasonName> = {
	INSULT: 'insult', CONTEMPT: 'insult', ACCUSATION: 'insult', PROFANITY: 'insult', SHOUTING: 'insult', EXCLUSION: 'hate',
	SEXUAL: 'insult', MODEL_INCIVIL: 'insult',
	GROUP_ATTACK: 'hate', SLUR: 'hate', DEHUMANISING: 'hate', THREAT: 'threat', WISH_HARM: 'threat', INCITEMENT: 'threat',
	DOXXING: 'privacy', PHONE: 'privacy', EMAIL_ADDRESS: 'privacy', HOME_ADDRESS: 'privacy', IDENTITY_NUMBER: 'privacy',
	BANK_OR_CARD: 'privacy', FLOOD: 'spam', REPEATED: 'spam', LINKS: 'spam', LINK_TRICK: 'spam', TOO_FAST: 'spam',
};

/** What the findings suggest, the strongest first. */
export function suggested(findings: Finding[] | undefined, reports?: { reason: string }[]): ReasonName | null {
	const strongest = [...(findings ?? [])].sort((a, b) => b.score - a.score);
	for (const finding of strongest) if (SYMBOL_REASONS[finding.symbol]) return SYMBOL_REASONS[finding.symbol]!;
	for (const report of reports ?? []) if ((REASONS as readonly string[]).includes(report.reason)) return report.reason as ReasonName;
	return null;
}

export interface Grounds {
	reason: string;
	rule: string;
	note: string;
}

export function rulesOf(circle: string): { id: string; text: string }[] {
	const known = deskOf(circle)?.rules;
	if (known?.length) return known;
	return Object.values(charters.value).flatMap((charter) => charter.rules ?? []);
}

function langOf(lang: string | undefined): Lang | undefined {
	return lang === 'he' || lang === 'ar' || lang === 'en' ? lang : undefined;
}

export function reasonText(name: ReasonName, lang: string | undefined): string {
	return d(`reason.${name}`, {}, langOf(lang));
}

export function useGrounds(circle: string, lang: string | undefined, first: ReasonName | null, rule?: string) {
	const [grounds, set] = useState<Grounds>({
		reason: first ? reasonText(first, lang) : '',
		rule: rule && rulesOf(circle).some((one) => one.id === rule) ? rule : '',
		note: '',
	});
	return { grounds, set: (change: Partial<Grounds>) => set((before) => ({ ...before, ...change })) };
}

export function groundParams(grounds: Grounds): Record<string, string> {
	return {
		...(grounds.reason.trim() ? { reason: grounds.reason.trim() } : {}),
		...(grounds.rule ? { rule: grounds.rule } : {}),
		...(grounds.note.trim() ? { note: grounds.note.trim() } : {}),
	};
}

export function GroundsFields(props: {
	circle: string;
	lang?: string | undefined;
	grounds: Grounds;
	set(change: Partial<Grounds>): void;
	/** Nobody but the desk reads it: no ready sentences. */
	isInside?: boolean;
	label?: string;
	noNote?: boolean;
	isOptional?: boolean;
}) {
	const { grounds, set } = props;
	const [isMore, setMore] = useState(false);
	const id = useId();
	const rules = rulesOf(props.circle);
	return (
		<>
			{!props.isInside && (
				<div class="chips wrap" role="group" aria-label={d('reason.ready')}>
					{REASONS.map((name) => {
						const text = reasonText(name, props.lang);
						return (
							<button type="button" class="chip" aria-pressed={grounds.reason === text} onClick={() => set({ reason: text })}>
								{d(`reasonName.${name}`)}
							</button>
						);
					})}
				</div>
			)}
			<label class="labelled" for={id}>
				{props.label ?? d(props.isOptional ? 'reason.labelOptional' : 'reason.label')}
				<textarea
					id={id}
					class="field"
					dir="auto"
					rows={2}
					maxLength={1000}
					value={grounds.reason}
					lang={langOf(props.lang)}
					onInput={(event) => set({ reason: event.currentTarget.value })}
				/>
			</label>
			{rules.length > 0 && (
				<label class="labelled">
					{d('rule.label')}
					<select class="field" value={grounds.rule} onChange={(event) => set({ rule: event.currentTarget.value })}>
						<option value="">{d('rule.none')}</option>
						{rules.map((rule) => (
							<option value={rule.id}>{rule.text}</option>
						))}
					</select>
				</label>
			)}
			{!props.noNote &&
				(isMore || grounds.note ? (
					<label class="labelled">
						{d('note.label')}
						<textarea class="field" dir="auto" rows={2} maxLength={2000} value={grounds.note} onInput={(event) => set({ note: event.currentTarget.value })} />
					</label>
				) : (
					<button type="button" class="quiet" onClick={() => setMore(true)}>
						<Icon name="note" />
						{d('note.add')}
					</button>
				))}
		</>
	);
}

/** A sentence that says what others will see, before it happens. */
export function Preview({ children }: { children: string }) {
	return (
		<p class="preview">
			<Icon name="eye" />
			<span>{children}</span>
		</p>
	);
}

export function ruleName(circle: string, id: string | undefined | null): string {
	if (!id) return '';
	return rulesOf(circle).find((rule) => rule.id === id)?.text ?? named('rule', id);
}
