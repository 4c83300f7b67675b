import {Component, onWillRender} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {jsToPyLocale} from "@web/core/l10n/utils";
import {user} from "@web/core/user";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useLabels} from "../display";

const NUMBERS = [
    {name: "score_min", label: _t("Least score, percent"), max: 100},
    {name: "needs_required", label: _t("Confirmed needs"), max: 99},
    {name: "commitments_required", label: _t("Commitments"), max: 99},
];
const SWITCHES = [
    {name: "check_reachable", label: _t("Reachable")},
    {name: "check_criteria", label: _t("Criteria and score")},
];
const MOST_WEIGHT = 1_000_000;
const SIDES = ["won", "lost"];

/** What else the profile might ask for; each change is tried on the same deals. */
export class WhatIf extends Component {
    static template = "sales_nemo.WhatIf";
    static props = {...standardFieldProps};

    setup() {
        this.contacts = useLabels("crm.qualification.profile", "contact_required");
        this.requirements = useLabels("crm.qualification.criterion", "requirement");
        this.numbers = NUMBERS;
        this.switches = SWITCHES;
        this.mostWeight = MOST_WEIGHT;
        onWillRender(() => {
            const {result} = this.data;
            if (!this.tried && result) {
                this.standing = {days: this.days, totals: result.totals};
            }
        });
    }

    get data() {
        return this.props.record.data;
    }

    get tried() {
        return this.data[this.props.name];
    }

    /** A text of the policy, which may be one for each language. */
    getText(text) {
        const languages = [jsToPyLocale(user.lang), "en_US"];
        return languages.map((lang) => text[lang]).find(Boolean) || text;
    }

    get days() {
        return String([this.data.date_from, this.data.date_to]);
    }

    /** What changes for won and lost deals; of days that were tried only, unknown. */
    get changes() {
        if (!this.tried || this.standing?.days !== this.days) {
            return null;
        }
        const count = ({totals}) => SIDES.map((side) => totals[side].blocked);
        const [before, now] = [this.standing, this.data.result].map(count);
        const names = {
            won_before: before[0],
            lost_before: before[1],
            won: now[0],
            lost: now[1],
        };
        return _t(
            "As it stands it blocks %(won_before)s won and %(lost_before)s lost deals; with these changes %(won)s won and %(lost)s lost.",
            names
        );
    }

    async try(values) {
        await this.props.record.update({[this.props.name]: values});
    }

    onReset() {
        return this.try(false);
    }

    onProfile(name, value) {
        return this.try({...this.tried, [name]: value});
    }

    onCriterion(code, name, value) {
        const criteria = {...this.tried?.criteria};
        criteria[code] = {...criteria[code], [name]: value};
        return this.try({...this.tried, criteria});
    }

    /** What isn't a number between 0 and the most allowed is taken back. */
    onNumber({target}, before, most, change) {
        const value = target.value === "" ? NaN : Number(target.value);
        if (value >= 0 && value <= most) {
            change(value);
        } else {
            target.value = before;
        }
    }

    onProfileNumber(ev, {name, max}) {
        this.onNumber(ev, this.data.policy[name], max, (value) =>
            this.onProfile(name, name === "score_min" ? value : Math.round(value))
        );
    }

    onWeight(ev, {code, weight}) {
        this.onNumber(ev, weight, MOST_WEIGHT, (value) =>
            this.onCriterion(code, "weight", value)
        );
    }
}

registry.category("fields").add("qualification_what_if", {
    component: WhatIf,
    supportedTypes: ["json"],
});
