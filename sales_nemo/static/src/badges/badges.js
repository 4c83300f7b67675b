import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {BadgeField, badgeField} from "@web/views/fields/badge/badge_field";

/** Odoo's badge in colours that one can read, and whole when it is pointed at. */
export class QualificationBadge extends BadgeField {
    static template = "sales_nemo.QualificationBadge";

    get explanation() {
        return this.formattedValue;
    }
}

/** The grade, and what its letter and its number stand for. */
export class GradeBadge extends QualificationBadge {
    /** Nothing where no profile judges. */
    get formattedValue() {
        const isNone = this.props.record.data[this.props.name] === "none";
        return isNone ? "" : super.formattedValue;
    }

    get explanation() {
        const {contact_date, qualification_score} = this.props.record.data;
        const [letter, number] = this.formattedValue;
        return _t("%(letter)s: %(score)s % of the points; %(number)s: %(contact)s", {
            letter,
            score: Math.round(qualification_score),
            number,
            contact: contact_date
                ? _t("last in touch %s", contact_date.toRelative())
                : _t("never in touch"),
        });
    }
}

const fields = registry.category("fields");
fields.add("qualification_badge", {...badgeField, component: QualificationBadge});
fields.add("qualification_grade", {
    ...badgeField,
    component: GradeBadge,
    fieldDependencies: [
        {name: "contact_date", type: "datetime"},
        {name: "qualification_score", type: "float"},
    ],
});
