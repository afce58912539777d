//! Owners and the heads of their ledgers, sessions, throttles.

use khata_core::id::{OwnerId, SessionId};
use khata_core::owner::Owner;
use khata_core::store::{Credentials, Head, LiveSession, Session, Throttle, ThrottleKey};

use crate::rows::{HeadRow, NewOwner, NewPassword};
use crate::statement::Statement;

statements! { of_owners:
    /// Locked one after the other in the order of their ids, so that nobody waits in a circle.
    HEADS: Statement<OwnerId, Head> = "
        SELECT {o.*} FROM {given JOIN} owners o {ON} o.id = given.id ORDER BY o.id {FOR UPDATE OF o}";

    HEAD: Statement<(), Head> = "SELECT {o.*} FROM owners o WHERE o.id = $1";

    HEADS_AFTER: Statement<(), Head> = "SELECT {o.*} FROM owners o WHERE o.id > $1 ORDER BY o.id LIMIT $2 + 0";

    INSERT_OWNERS: Statement<NewOwner<'_>> = "
        INSERT INTO owners ({columns}) {rows}";

    UPDATE_OWNERS: Statement<Owner> = "
        UPDATE owners SET {set given} {FROM given WHERE} owners.id = given.id";

    UPDATE_PASSWORDS: Statement<NewPassword<'_>> = "
        UPDATE owners SET password_hash = given.hash, password_version = given.version
        {FROM given WHERE} owners.id = given.owner_id";

    UPDATE_HEADS: Statement<HeadRow<'_>> = "
        UPDATE owners SET
            seq = given.seq, hash = given.hash, recorded_at = given.recorded_at, counters = given.counters
        {FROM given WHERE} owners.id = given.id";

    CREDENTIALS: Statement<(), Credentials> = "SELECT {o.*} FROM owners o WHERE o.id = $1";

    CREDENTIALS_BY_MOBILE: Statement<(), Credentials> = "SELECT {o.*} FROM owners o WHERE o.mobile_number = $1";

    RENEW_PASSWORD_HASH: Statement = "UPDATE owners SET password_hash = $3 WHERE id = $1 AND password_version = $2";

    ADVANCE_PASSWORD_VERSION: Statement = "UPDATE owners SET password_version = password_version + 1 WHERE id = $1";

    /// The password that was verified can't change any more before the session is there to be ended.
    INSERT_SESSION: Statement<Session> = "
        INSERT INTO sessions ({columns})
        SELECT {given.*}
        FROM {given JOIN} owners o {ON} o.id = given.owner_id AND o.password_version = $1 {FOR SHARE OF o}";

    /// Others than the one just opened.
    DELETE_EXPIRED_SESSIONS: Statement = "DELETE FROM sessions WHERE owner_id = $1 AND expires_at <= $2 AND id <> $3";

    LIVE_SESSIONS: Statement<(OwnerId, SessionId), LiveSession> = "
        SELECT s.owner_id, s.id, o.currency, o.time_zone
        FROM {given JOIN} sessions s ON s.owner_id = given.owner_id AND s.id = given.id
        JOIN owners o ON o.id = s.owner_id";

    DELETE_SESSION: Statement = "DELETE FROM sessions WHERE owner_id = $1 AND id = $2";

    DELETE_SESSIONS: Statement = "DELETE FROM sessions WHERE owner_id = $1";

    DELETE_OTHER_SESSIONS: Statement<NewPassword<'_>> = "
        DELETE FROM sessions
        {USING given WHERE} sessions.owner_id = given.owner_id AND sessions.id <> given.keep";

    THROTTLES: Statement<ThrottleKey, (ThrottleKey, Throttle)> = "
        SELECT {t.*} FROM {given JOIN} throttles t {ON} t.key = given.key";

    /// No row counts as revision 0.
    INSERT_THROTTLE: Statement<(ThrottleKey, Throttle)> = "
        INSERT INTO throttles ({columns}) {rows} ON CONFLICT (key) DO NOTHING";

    UPDATE_THROTTLE: Statement<(ThrottleKey, Throttle)> = "
        UPDATE throttles SET {set given} {FROM given WHERE}
            throttles.key = given.key AND throttles.revision = given.revision - 1";

    /// Those that somebody else is changing are left to them.
    DELETE_EXPIRED_THROTTLES: Statement<ThrottleKey> = "
        DELETE FROM throttles WHERE key IN (
            SELECT key FROM throttles
            WHERE expires_at < $1 AND key NOT IN (SELECT given.key FROM {given}) {FOR UPDATE SKIP LOCKED}
        )";

    DELETE_THROTTLE: Statement = "DELETE FROM throttles WHERE key = $1";
}
