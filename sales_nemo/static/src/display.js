import {onWillStart} from "@odoo/owl";
import {
    deserializeDate,
    deserializeDateTime,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** A date, or the user's day of a moment, as the server sends it; may be empty. */
export function day(value) {
    if (!value) {
        return "";
    }
    const isDate = value.length === "2026-05-01".length;
    return toLocaleDateString((isDate ? deserializeDate : deserializeDateTime)(value));
}

/** Day and time of a moment, as the server sends it. */
export function moment(value) {
    return toLocaleDateTimeString(deserializeDateTime(value));
}

/** The day until which something is promised. */
export function until(value) {
    return _t("until %s", day(value));
}

/**
 * What the values of a selection field are called, other addons' included; it is there
 * when the component is drawn.
 *
 * @param {String} model
 * @param {String} name of the field
 * @returns {Object} labels by value, in the field's order
 */
export function useLabels(model, name) {
    const service = useService("field");
    const labels = {};
    onWillStart(async () => {
        const fields = await service.loadFields(model, {fieldNames: [name]});
        Object.assign(labels, Object.fromEntries(fields[name].selection));
    });
    return labels;
}
