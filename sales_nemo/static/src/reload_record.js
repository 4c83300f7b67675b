/**
 * Shows what the server knows now; what was typed into the record is saved first.
 *
 * @param {import("@web/model/relational_model/record").Record} record
 */
export async function reloadRecord(record) {
    if (record.dirty) {
        await record.save();
    } else {
        await record.load();
    }
}

/**
 * Options of a dialog after which something is to be loaded anew: not when it gives way
 * to another view. What waits for the view before, which is gone, would keep it open.
 *
 * @param {Function} reload
 * @returns {Object}
 */
export function reloadOnClose(reload) {
    return {onClose: (params) => (params?.noReload ? undefined : reload())};
}
