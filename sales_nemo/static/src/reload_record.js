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
