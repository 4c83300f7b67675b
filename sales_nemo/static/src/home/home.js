import {Component, markup, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useCallAction} from "../call_action";
import {findOpen} from "../call_mode/work_through";
import {day} from "../display";
import {Funnel} from "../funnel/funnel";
import {NextStep} from "../next_step/next_step";

const HOME = "crm.qualification.home";

// As the list of leads has it.
const WAITING_FIRST = "contact_waiting_since, priority desc, id desc";

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
// The steps of the guided start; those without an action are opened by the server.
const START = {
    leads: {
        title: _t("Switch on Odoo's Leads"),
        text: _t("Leads are what is qualified. The page loads again."),
        button: _t("Switch On"),
    },
    profile: {
        title: _t("Choose a framework"),
        text: _t("A ready-made list of questions; publish it, or change it first."),
        button: _t("Choose"),
        action: "sales_nemo.crm_qualification_framework_action",
    },
    publish: {
        title: _t("Publish your profile"),
        text: _t("Your draft is ready: nothing rules before it is published."),
        button: _t("Open the Draft"),
    },
    history: {
        title: _t("Try it on the past"),
        text: _t("Which of your won and lost deals would it have blocked?"),
        button: _t("Try"),
    },
    territory: {
        title: _t("Define a territory"),
        text: _t("Which contacts and accounts a sales team should look at."),
        button: _t("Open the Teams"),
        action: "sales_team.crm_team_action_config",
    },
    approvers: {
        title: _t("Name approvers"),
        text: _t("Who, besides managers, may let a lead through with a reason."),
        button: _t("Open the Group"),
        action: "sales_nemo.qualification_approver_action",
    },
    ready: {
        title: _t("See the first ready lead"),
        text: _t("Answer its questions; what is missing stands on each lead."),
        button: _t("Open the Leads"),
        action: STEPS.selection.action,
        filters: STEPS.selection.filters,
    },
};
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
    static components = {Funnel, HomeNumber, Layout, NextStep};
    static props = {...standardActionServiceProps};
    static path = "qualification";
    static displayName = _t("Qualification");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.display = {controlPanel: {}};
        this.callAction = useCallAction();
        this.home = useState({start: []});
        onWillStart(() => Promise.all([this.load(), this.loadStart()]));
    }

    async load() {
        Object.assign(this.home, await this.orm.call(HOME, "get_home", []));
    }

    async loadStart() {
        this.home.start = await this.orm.call(HOME, "get_start", []);
    }

    get start() {
        const next = this.home.start.find(({done, who}) => !done && !who);
        return this.home.start.map((step) => ({
            ...step,
            ...START[step.key],
            isNext: step === next,
            state: step.done ? _t("Done") : _t("To do"),
            ask: step.who && _t("Ask %s", step.who),
        }));
    }

    async openStart(step) {
        if (step.action) {
            await this.openStep(step);
        } else {
            const reload = () => this.loadStart();
            await this.callAction(HOME, "open_start_step", [step.key], reload);
        }
    }

    async putAwayStart() {
        await user.setUserSettings("qualification_start_hidden", true);
        this.home.start = [];
    }

    get steps() {
        return this.home.steps.map((step, index) => ({
            ...step,
            ...STEPS[step.key],
            position: index + 1,
        }));
    }

    get aboutFunnel() {
        return _t(
            "What came in since %s: how many made each step, of those that made the one before, and the median days it took",
            day(this.home.funnel.since)
        );
    }

    /** How wide the bar of a reason is, in percent of the most frequent one. */
    getBar(number) {
        return (100 * number.count) / this.home.stuck.reasons[0].count;
    }

    async open(number, title) {
        const action = await this.action.loadAction(number.action);
        const name = [title, number.label].filter(Boolean).join(": ");
        // Not within the markup: there nobody would find them to translate.
        const nothing = _t("Nothing here");
        const why = _t("At the moment nothing counts as: %s", name);
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
                help: markup`<p class="o_view_nocontent_smiling_face">${nothing}</p><p>${why}</p>`,
            },
            {
                ...(number.view && {viewType: number.view}),
                // A number of zero opens nothing, not Odoo's made-up records.
                props: {useSampleModel: false},
            }
        );
    }

    /** What the field's widget reads of a record. */
    getRecord(lead) {
        return {resId: lead.id, data: lead, load: () => this.load()};
    }

    async openLead({id}) {
        await this.callAction("crm.lead", "get_formview_action", [[id]]);
    }

    getWorkThroughLabel({label}) {
        return _t("Work Through: %s", label);
    }

    async workThrough({domain}) {
        const ids = await findOpen(this.orm, domain, {order: WAITING_FIRST});
        await this.callAction("crm.lead", "action_work_through", [ids]);
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
