// main.tsx: the participant's page begins here.
import { effect } from '@preact/signals';
import { render } from 'preact';
import { direction, lang, t } from './texts/texts';
import { begin, ending } from './participant/app';
import { Shell, LanguageChoice } from './participant/shell';

function Page() {
	if (!ending.value) return <Shell />;
	return (
		<main class="welcome plain-page">
			<LanguageChoice />
			<h1>{t(ending.value === 'erased' ? 'ending.erased' : 'ending.revoked')}</h1>
			<p class="lead">{t(ending.value === 'erased' ? 'ending.erasedText' : 'ending.revokedText')}</p>
			<p>
				<button type="button" class="button" onClick={() => location.assign(location.pathname)}>
					{t('ending.again')}
				</button>
			</p>
		</main>
	);
}

// Before anything is drawn in the new language: the page turns with its words.
effect(() => {
	document.documentElement.lang = lang.value;
	document.documentElement.dir = direction(lang.value);
});

// Where the keyboard of a phone lies over the page instead of making it smaller, the page makes itself so.
const view = window.visualViewport;
const KEYBOARD_LEAST = 120;
view?.addEventListener('resize', () => {
	const root = document.documentElement;
	const isCovered = view.scale < 1.05 && innerHeight - view.height > KEYBOARD_LEAST;
	if (isCovered) root.style.setProperty('--seen', `${view.height}px`);
	else root.style.removeProperty('--seen');
	// The browser had moved the page to show the field; it is seen without that now.
	if (isCovered && document.querySelector('.shell')) scrollTo(0, 0);
});

const place = document.getElementById('page');
if (place) {
	place.textContent = '';
	render(<Page />, place);
	begin();
}
