// judged.tsx: what was found in a text, said kindly: the words, the rule, what one can do.
import type { Judged, Reason } from '../connection/protocol';
import { Dialog } from '../parts/dialog';
import { MarkedWords } from '../parts/words';
import { t } from '../texts/texts';
import { charters, giveBack, nudged, outbox, processOf, ruleText } from './app';

/** Each explanation once. */
export function ReasonList({ text, reasons }: { text: string; reasons: Reason[] }) {
	const seen = new Set<string>();
	const points = Array.from(text);
	const list = reasons.filter((reason) => {
		if (!reason.explanation || seen.has(reason.explanation)) return false;
		seen.add(reason.explanation);
		return true;
	});
	if (!list.length) return null;
	return (
		<ul class="reasons">
			{list.map((reason) => {
				const words = points.slice(reason.start, reason.end).join('');
				const isPart = words && words.length < text.length && words.length <= 60;
				return (
					<li>
						{isPart && (
							<>
								<mark dir="auto">{words}</mark>{' '}
							</>
						)}
						{reason.explanation}
						{ruleText(reason.rule) && <span class="by-rule">{t('reason.rule', { rule: ruleText(reason.rule)! })}</span>}
					</li>
				);
			})}
		</ul>
	);
}

function Rules({ circle }: { circle: string }) {
	const of = processOf(circle);
	const rules = of ? charters.value[of.id]?.rules : undefined;
	if (!rules?.length) return null;
	return (
		<details class="rules-again">
			<summary>{t('rules.title')}</summary>
			<ol>
				{rules.map((rule) => (
					<li dir="auto">{rule.text}</li>
				))}
			</ol>
		</details>
	);
}

export function Findings(props: { circle: string; text: string; reasons: Reason[] }) {
	return (
		<>
			<MarkedWords text={props.text} spans={props.reasons} />
			<ReasonList text={props.text} reasons={props.reasons} />
			<Rules circle={props.circle} />
		</>
	);
}

/** Before it appears: one sees which words, and decides. */
export function NudgeDialog() {
	const letter = nudged.value;
	if (!letter) return null;
	const close = () => (nudged.value = null);
	const edit = () => {
		close();
		outbox.remove(letter.key);
		giveBack(letter);
	};
	return (
		<Dialog title={t('nudge.title')} onClose={edit} key={letter.key}>
			<p>{t('nudge.text')}</p>
			<Findings circle={letter.circle} text={letter.text} reasons={letter.reasons ?? []} />
			<p class="buttons">
				<button type="button" class="button primary" onClick={edit}>
					{t('nudge.edit')}
				</button>
				{letter.nudge && (
					<button
						type="button"
						class="button"
						onClick={() => {
							close();
							outbox.sendAnyway(letter.key);
						}}
					>
						{t('nudge.anyway')}
					</button>
				)}
			</p>
		</Dialog>
	);
}

/** The answer to an edit, inside the dialog where it is edited. */
export function EditJudged({ circle, text, judged }: { circle: string; text: string; judged: Judged }) {
	const said = judged.status;
	return (
		<div class={'verdict ' + (said === 'rejected' ? 'bad' : 'wait')} role="status">
			<p>{said === 'rejected' ? t('letter.rejected') : t('nudge.text')}</p>
			<Findings circle={circle} text={text} reasons={judged.reasons} />
		</div>
	);
}
