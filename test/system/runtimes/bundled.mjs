/** A page that a bundler makes. */
import * as library from 'ihead';
import { answerAddress } from './page.mjs';

answerAddress(library);
