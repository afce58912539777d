//! Owners and the heads of their ledgers, sessions, throttles.

use crate::row::{
    ChainRow, CredentialsRow, HeadRow, IdKey, LiveSessionRow, NewOwnerRow, OwnerKey, OwnerRow, PasswordRow,
    ThrottleRow, TriesKey,
};
use crate::statement::Statement;

statements! { of_owners:
    /// Locked one after the other in the order of their ids, so that nobody waits in a circle.
    HEADS: Statement<OwnerKey, HeadRow> = "
        SELECT {o.*} FROM {given} JOIN owners o ON o.id = given.id ORDER BY o.id {FOR UPDATE OF o}";

    HEAD: Statement<(), HeadRow> = "SELECT {o.*} FROM owners o WHERE o.id = $1";

    HEADS_AFTER: Statement<(), HeadRow> = "SELECT {o.*} FROM owners o WHERE o.id > $1 ORDER BY o.id LIMIT $2 + 0";

    INSERT_OWNERS: Statement<NewOwnerRow<'_>> = "
        INSERT INTO owners ({columns}) SELECT {columns} FROM {given}";

    /// Currency and time zone never change.
    UPDATE_OWNERS: Statement<OwnerRow> = "
        UPDATE owners SET
            shop_name = given.shop_name, proprietor_name = given.proprietor_name, mobile = given.mobile,
            gst_number = given.gst_number, state = given.state, upi_id = given.upi_id,
            locked_until = given.locked_until, updated_at = given.updated_at, revision = given.revision
        FROM {given} WHERE owners.id = given.id";

    UPDATE_PASSWORDS: Statement<PasswordRow<'_>> = "
        UPDATE owners SET password_hash = given.hash, password_version = given.version
        FROM {given} WHERE owners.id = given.owner_id";

    UPDATE_HEADS: Statement<ChainRow> = "
        UPDATE owners SET
            seq = given.seq, hash = given.hash, recorded_at = given.recorded_at, counters = given.counters
        FROM {given} WHERE owners.id = given.id";

    CREDENTIALS: Statement<(), CredentialsRow> = "SELECT {o.*} FROM owners o WHERE o.id = $1";

    CREDENTIALS_BY_MOBILE: Statement<(), CredentialsRow> = "SELECT {o.*} FROM owners o WHERE o.mobile = $1";

    RENEW_PASSWORD_HASH: Statement = "UPDATE owners SET password_hash = $3 WHERE id = $1 AND password_version = $2";

    /// The password that was verified can't change any more before the session is there to be ended.
    INSERT_SESSION: Statement = "
        INSERT INTO sessions (owner_id, id, opened_at, expires_at)
        SELECT id, $2, $3, $4 FROM owners WHERE id = $1 AND password_version = $5 {FOR SHARE}";

    /// Others than the one just opened.
    DELETE_EXPIRED_SESSIONS: Statement = "DELETE FROM sessions WHERE owner_id = $1 AND expires_at <= $2 AND id <> $3";

    LIVE_SESSIONS: Statement<IdKey, LiveSessionRow> = "
        SELECT s.owner_id, s.id, o.currency, o.time_zone
        FROM {given}
        JOIN sessions s ON s.owner_id = given.owner_id AND s.id = given.id
        JOIN owners o ON o.id = s.owner_id";

    DELETE_SESSION: Statement = "DELETE FROM sessions WHERE owner_id = $1 AND id = $2";

    DELETE_SESSIONS: Statement = "DELETE FROM sessions WHERE owner_id = $1";

    DELETE_OTHER_SESSIONS: Statement<PasswordRow<'_>> = "
        DELETE FROM sessions
        WHERE owner_id IN (SELECT given.owner_id FROM {given})
            AND (owner_id, id) NOT IN (
                SELECT given.owner_id, given.keep FROM {given} WHERE given.keep IS NOT NULL
            )";

    THROTTLES: Statement<TriesKey<'_>, ThrottleRow> = "
        SELECT {t.*} FROM {given} JOIN throttles t ON t.key = given.key";

    /// No row counts as revision 0.
    INSERT_THROTTLE: Statement = "
        INSERT INTO throttles (key, tries, blocked_until, expires_at, revision) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key) DO NOTHING";

    UPDATE_THROTTLE: Statement = "
        UPDATE throttles SET tries = $2, blocked_until = $3, expires_at = $4, revision = $5
        WHERE key = $1 AND revision = $5 - 1";

    /// Those that somebody else is changing are left to them.
    DELETE_EXPIRED_THROTTLES: Statement = "
        DELETE FROM throttles WHERE key IN (
            SELECT key FROM throttles WHERE expires_at < $2 AND key <> $1 {FOR UPDATE SKIP LOCKED}
        )";

    DELETE_THROTTLE: Statement = "DELETE FROM throttles WHERE key = $1";
}
