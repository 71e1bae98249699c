/** The package's three classes; `OAuth` is also the first of them, so that both `new OAuth(...)` and `new OAuth.OAuth(...)` work. */
import * as library from 'oauth'

export const OAuth = Object.assign(library.OAuth, { OAuth: library.OAuth, OAuth2: library.OAuth2, OAuthEcho: library.OAuthEcho })
