// participant.ts: what the desk shares with the participant's page: one connection, one person, one language.
export {
	charters, circleSummary, connection, enterCircle, forDesk, isModerator, me, notice, processes, readCharter, say,
} from '../participant/app';
export { go, goBack, where } from '../participant/where';
export { lang } from '../texts/texts';
