// welcome.tsx: what one comes to: what the process is for, until when, what will be done with what is
// said; then one name, one button.
import { useEffect, useState } from 'preact/hooks';
import type { ProcessSummary } from '../connection/protocol';
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { Name, Prose } from '../parts/words';
import { longDate, t } from '../texts/texts';
import {
	accept,
	charters,
	connection,
	hasJoined,
	hasName,
	invitedAs,
	isModerator,
	join,
	justRead,
	me,
	process,
	processes,
	reaccept,
	readCharter,
	takeUpInvitation,
} from './app';
import { LanguageChoice } from './shell';
import { sentenceOf } from './menus';
import { go, where } from './where';

function Section({ title, text }: { title: string; text: string | undefined }) {
	if (!text) return null;
	return (
		<section class="charter-part">
			<h3>{title}</h3>
			<Prose text={text} />
		</section>
	);
}

export function CharterText({ id, withGoals }: { id: string; withGoals: boolean }) {
	const read = charters.value[id];
	if (!read) return <p class="empty">{t('loading')}</p>;
	const { charter, rules } = read;
	return (
		<>
			{withGoals && <Section title={t('charter.goals')} text={charter.goals} />}
			<Section title={t('charter.how')} text={charter.how_it_works} />
			<Section title={t('charter.use')} text={charter.use_of_information} />
			<Section title={t('charter.path')} text={charter.decision_path} />
			<Section title={t('charter.product')} text={charter.product} />
			{!!charter.promises?.length && (
				<section class="charter-part">
					<h3>{t('charter.promises')}</h3>
					<ul class="ticked">
						{charter.promises.map((promise) => (
							<li dir="auto">
								<Icon name="check" />
								<span>{promise.text}</span>
							</li>
						))}
					</ul>
				</section>
			)}
			{!!rules?.length && (
				<section class="charter-part">
					<h3>{t('rules.title')}</h3>
					<ol class="rules">
						{rules.map((rule) => (
							<li dir="auto">{rule.text}</li>
						))}
					</ol>
				</section>
			)}
		</>
	);
}

export function Welcome() {
	const person = me.value;
	const of = process.value;
	if (!person) return <Waiting />;
	if (!of) {
		return (
			<main class="welcome plain-page">
				<LanguageChoice />
				<h1>{t('app.name')}</h1>
				{/* Half a link, or one that leads where this person may not go: that is no reason to stand outside. */}
				<p class="lead">{t(processes.value.length ? 'welcome.astray' : 'welcome.none')}</p>
				<ul class="plain-list astray">
					{processes.value.map((one) => (
						<li>
							<button type="button" class="button" onClick={() => go({ view: 'welcome', process: one.id })}>
								<bdi>{one.title}</bdi>
							</button>
						</li>
					))}
				</ul>
			</main>
		);
	}
	return <Process key={of.id} of={of} />;
}

const LONG_WAIT_MS = 15000;

function Waiting() {
	const [isLong, setLong] = useState(false);
	useEffect(() => {
		const timer = setTimeout(() => setLong(true), LONG_WAIT_MS);
		return () => clearTimeout(timer);
	}, []);
	return (
		<main class="welcome plain-page" aria-busy="true">
			<div class="ring" aria-hidden="true" />
			<p role="status">{t(connection.phase.value === 'waiting' ? 'offline' : 'connecting')}</p>
			{isLong && (
				<>
					<p role="status">{t('offline.long')}</p>
					<button type="button" class="button" onClick={() => location.reload()}>
						{t('again')}
					</button>
				</>
			)}
		</main>
	);
}

function Process({ of }: { of: ProcessSummary }) {
	const charter = charters.value[of.id]?.charter;
	const joined = hasJoined(of);
	useEffect(() => {
		void readCharter(of.id);
	}, [of.id]);
	const leave = () => {
		const { circle, thread, post, seq } = where.value;
		if (isModerator.peek() && !post) {
			go({ view: 'desk' });
			return;
		}
		go({
			...(circle ? { circle } : {}),
			...(circle && thread ? { thread } : {}),
			...(circle && post ? { post } : {}),
			...(circle && seq ? { seq } : {}),
		});
	};
	return (
		<main class="welcome" id="main">
			<div class="welcome-top">
				<span class="brand">
					<span class="brand-ring" aria-hidden="true" />
					{t('app.name')}
				</span>
				<LanguageChoice />
			</div>
			<div class="welcome-columns">
				<div class="welcome-text">
					<p class="eyebrow">{t('welcome.eyebrow')}</p>
					<h1 dir="auto">{of.title}</h1>
					{charter?.ends && (
						<p class="until">
							<Icon name="clock" />
							{t('welcome.until', { when: longDate(charter.ends) })}
						</p>
					)}
					<div class="lead">{charter ? <Prose text={charter.goals ?? ''} /> : <p>{t('loading')}</p>}</div>
					<p class="to-join">
						<a class="button primary" href="#join" onClick={toJoin}>
							{t('welcome.toJoin')}
						</a>
					</p>
					<h2>{t('charter.title')}</h2>
					<CharterText id={of.id} withGoals={false} />
				</div>
				<aside class="join-place">
					{joined ? (
						<div class="card join" id="join">
							<h2>{t('welcome.in')}</h2>
							<p>
								<Name name={me.value!.name} tag={me.value!.tag} />
							</p>
							<button type="button" class="button primary wide" onClick={leave}>
								{t('welcome.enter')}
							</button>
						</div>
					) : (
						<JoinForm of={of} onDone={leave} />
					)}
					{processes.value.length > 1 && (
						<nav class="card" aria-label={t('welcome.others')}>
							<h2>{t('welcome.others')}</h2>
							<ul class="plain-list">
								{processes.value
									.filter((other) => other.id !== of.id)
									.map((other) => (
										<li>
											<button
												type="button"
												class="quiet"
												onClick={() => go({ view: 'welcome', process: other.id })}
											>
												<bdi>{other.title}</bdi>
											</button>
										</li>
									))}
							</ul>
						</nav>
					)}
				</aside>
			</div>
		</main>
	);
}

function toJoin(event: Event): void {
	event.preventDefault();
	const place = document.getElementById('join');
	place?.scrollIntoView({ block: 'center' });
	(place?.querySelector('input, button') as HTMLElement | null)?.focus({ preventScroll: true });
}

function JoinForm({ of, onDone }: { of: ProcessSummary; onDone(): void }) {
	const [name, setName] = useState('');
	const [trouble, setTrouble] = useState<string | null>(null);
	const [isBusy, setBusy] = useState(false);
	const person = me.value!;
	const isKnown = hasName();
	const isReady = charters.value[of.id] !== undefined;
	const canRead = of.circles.some((circle) => circle.access === 'public');

	const submit = async (event: Event) => {
		event.preventDefault();
		if (isBusy) return;
		if (!isKnown && !name.trim()) {
			setTrouble(t('join.nameMissing'));
			document.getElementById('join-name')?.focus();
			return;
		}
		setBusy(true);
		const problem = await join(of, isKnown ? null : name.trim());
		setBusy(false);
		setTrouble(problem);
		if (!problem) onDone();
	};

	return (
		<form class="card join" id="join" onSubmit={(event) => void submit(event)} noValidate>
			<h2>{t('join.title')}</h2>
			{isKnown ? (
				<p>
					{t('join.as')} <Name name={person.name} />
				</p>
			) : (
				<label class="labelled" for="join-name">
					{t('join.name')}
					<input
						id="join-name"
						class="field"
						dir="auto"
						autocomplete="nickname"
						enterkeyhint="go"
						value={name}
						maxLength={100}
						aria-describedby={trouble ? 'join-hint join-trouble' : 'join-hint'}
						aria-invalid={trouble !== null}
						onInput={(event) => {
							setName(event.currentTarget.value);
							setTrouble(null);
						}}
					/>
				</label>
			)}
			{!isKnown && (
				<p class="hint" id="join-hint">
					{t('join.nameHint')}
				</p>
			)}
			<Trouble of={trouble} id="join-trouble" />
			<button type="submit" class="button primary wide" disabled={isBusy || !isReady}>
				{t('join.button')}
			</button>
			<p class="hint">{t('join.means')}</p>
			{canRead && (
				<button
					type="button"
					class="quiet centred"
					onClick={() => {
						justRead(of);
						onDone();
					}}
				>
					{t('join.readOnly')}
				</button>
			)}
		</form>
	);
}

/** On a device that a moderator uses: an invitation may be theirs too, or somebody else's. */
export function InvitedDialog() {
	const name = invitedAs.value;
	if (!name) return null;
	return (
		<Dialog title={t('invited.title')} onClose={() => (invitedAs.value = null)}>
			<p>{t('invited.text', { name })}</p>
			<p class="buttons">
				<button type="button" class="button primary" onClick={() => takeUpInvitation(true)}>
					{t('invited.mine', { name })}
				</button>
				<button type="button" class="button" onClick={() => takeUpInvitation(false)}>
					{t('invited.other')}
				</button>
			</p>
		</Dialog>
	);
}

/** The charter has changed: read again, accept again, go on writing. */
export function ReacceptDialog() {
	const id = reaccept.value;
	const [trouble, setTrouble] = useState<string | null>(null);
	useEffect(() => {
		if (id) void readCharter(id);
	}, [id]);
	if (!id) return null;
	const close = () => (reaccept.value = null);
	const read = charters.value[id];
	const yes = async () => {
		if (!read) return;
		try {
			await accept(id, read.version);
			close();
		} catch (error) {
			setTrouble(sentenceOf(error));
			void readCharter(id);
		}
	};
	return (
		<Dialog title={t('charter.again')} onClose={close}>
			<p>{t('charter.againText')}</p>
			<CharterText id={id} withGoals />
			<Trouble of={trouble} />
			<p class="buttons stuck">
				<button type="button" class="button primary" disabled={!read} onClick={() => void yes()}>
					{t('charter.accept')}
				</button>
				<button type="button" class="button plain" onClick={close}>
					{t('charter.later')}
				</button>
			</p>
		</Dialog>
	);
}
