import {Component, markup, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {day} from "../display";

// The five steps of the story, with the views in which their work is done.
const STEPS = {
    explore: {
        title: _t("Explore the sea"),
        text: _t("Who is out there, without a lead"),
        icon: "fa-compass",
        action: "sales_nemo.res_partner_action_explore",
    },
    criteria: {
        title: _t("Create criteria"),
        text: _t("What Nemo should look like"),
        icon: "fa-list-ol",
        action: "sales_nemo.crm_qualification_profile_action",
    },
    information: {
        title: _t("Find information"),
        text: _t("Leads, and what to ask each"),
        icon: "fa-question-circle-o",
        action: "crm.crm_lead_all_leads",
        filters: {
            search_default_qualification_blocked: 1,
            search_default_group_qualification_missing: 1,
        },
    },
    selection: {
        title: _t("Find Nemo"),
        text: _t("Who is ready, and who is not yet"),
        icon: "fa-search",
        action: "crm.crm_lead_all_leads",
        filters: {search_default_group_qualification_state: 1},
    },
    decide: {
        title: _t("Decide"),
        text: _t("Into the aquarium, or back in the sea"),
        icon: "fa-trophy",
        action: "sales_nemo.crm_lead_action_board",
    },
};
// The narrowest that a step of the funnel gets, in percent of the first.
const LEAST_WIDTH = 3;

/** A number of the page: opens the records that it counted. */
export class HomeNumber extends Component {
    static template = "sales_nemo.HomeNumber";
    static props = {
        number: {type: Object},
        title: {type: String, optional: true},
        open: {type: Function},
        class: {type: String, optional: true},
        slots: {type: Object, optional: true},
    };
}

/** What happens from the sea to the aquarium, and what to do about it today. */
export class QualificationHome extends Component {
    static template = "sales_nemo.Home";
    static components = {HomeNumber, Layout};
    static props = {...standardActionServiceProps};
    static path = "qualification";
    static displayName = _t("Qualification");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = {controlPanel: {}};
        this.home = useState({});
        onWillStart(async () => {
            Object.assign(
                this.home,
                await this.orm.call("crm.qualification.home", "get_home", [])
            );
        });
    }

    get steps() {
        return this.home.steps.map((step, index) => ({
            ...step,
            ...STEPS[step.key],
            position: index + 1,
        }));
    }

    get since() {
        return day(this.home.funnel.since);
    }

    /** The steps up to what was won, each with the widths of its two ends. */
    get funnel() {
        const steps = this.home.funnel.steps.filter(({key}) => key !== "lost");
        const all = steps[0].count || 1;
        const widths = steps.map(({count}) =>
            Math.max((100 * count) / all, LEAST_WIDTH)
        );
        return steps.map((step, index) => ({
            ...step,
            points: this.getPoints(widths[index], widths[index + 1] ?? widths[index]),
            opacity: 1 - 0.15 * index,
        }));
    }

    get lost() {
        return this.home.funnel.steps.find(({key}) => key === "lost");
    }

    getRate(step) {
        return step.rate === null ? "–" : _t("%s %", Math.round(step.rate));
    }

    getDays(step) {
        if (step.days === null) {
            return "";
        }
        const days = Math.round(step.days);
        return days === 1 ? _t("in 1 day") : _t("in %s days", days);
    }

    /** A slice of the funnel in a box of 100 × 10. */
    getPoints(top, bottom) {
        const [left, right] = [50 - top / 2, 50 + top / 2];
        return `${left},0 ${right},0 ${50 + bottom / 2},10 ${50 - bottom / 2},10`;
    }

    /** How wide the bar of a reason is, in percent of the most frequent one. */
    getBar(number) {
        return (100 * number.count) / this.home.stuck.reasons[0].count;
    }

    async open(number, title) {
        const action = await this.action.loadAction(number.action);
        const name = [title, number.label].filter(Boolean).join(": ");
        await this.action.doAction(
            {
                ...action,
                // Not the menu's action: it has a name and a domain of its own.
                id: false,
                path: false,
                display_name: name,
                name,
                domain: number.domain,
                context: number.context,
                // Not the menu's either: that one says how to create a record.
                help: markup`<p class="o_view_nocontent_smiling_face">${_t(
                    "Nothing here"
                )}</p><p>${_t("At the moment nothing counts as: %s", name)}</p>`,
            },
            {
                ...(number.view && {viewType: number.view}),
                // A number of zero opens nothing, not Odoo's made-up records.
                props: {useSampleModel: false},
            }
        );
    }

    openStep(step) {
        return this.action.doAction(step.action, {additionalContext: step.filters});
    }

    async newLead() {
        const action = await this.action.loadAction("crm.crm_lead_all_leads");
        await this.action.doAction(action, {viewType: "form"});
    }
}

registry.category("actions").add("sales_nemo.home", QualificationHome);
