import {Component, useState} from "@odoo/owl";
import {ActivityMarkAsDone} from "@mail/core/web/activity_markasdone_popover";
import {serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";
import {useLabels} from "../display";

const {DateTime} = luxon;
const MODELS_WITH_CONTACT = ["crm.lead", "res.partner"];
export const DIALOG = "crm.lead.log.contact";

/** What a call came to, to be chosen; of who is to be called back, the day, too. */
export class CallOutcomes extends Component {
    static template = "sales_nemo.CallOutcomes";
    static props = {
        /** Takes one of the outcomes of *Log a Contact*, and the day. */
        onOutcome: {type: Function},
    };

    setup() {
        const day = serializeDate(DateTime.now().plus({days: 1}));
        this.state = useState({callsBack: false, day});
        this.outcomes = useLabels(DIALOG, "outcome");
    }

    onClick(outcome) {
        if (outcome === "call_back" && !this.state.callsBack) {
            this.state.callsBack = true;
        } else {
            return this.props.onOutcome(outcome, this.state.day);
        }
    }
}

ActivityMarkAsDone.components = {...ActivityMarkAsDone.components, CallOutcomes};

/** Marking a call of a lead or contact as done asks what it came to. */
patch(ActivityMarkAsDone.prototype, {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.call = useState({plansNext: false});
    },

    get asksCallOutcome() {
        const {activity_category, res_model} = this.props.activity;
        return (
            activity_category === "phonecall" && MODELS_WITH_CONTACT.includes(res_model)
        );
    },

    async onClickOutcome(outcome, day) {
        const {activity, close, onActivityChanged} = this.props;
        const {id, res_id, res_model, feedback} = activity;
        const {action, "mail.store": store} = this.env.services;
        const thread = store.Thread.insert({model: res_model, id: res_id});
        const {plansNext} = this.call;
        if (plansNext) {
            this.props.onClickDoneAndScheduleNext?.();
        }
        const values = {activity_id: id, outcome, note: feedback, call_back_date: day};
        const ids = await this.orm.create(DIALOG, [values]);
        // What is planned next depends on the call, which is gone when it is done.
        const context = {
            activity_previous_deadline: serializeDate(activity.date_deadline),
            default_previous_activity_type_id: activity.activity_type_id.id,
            default_res_id: res_id,
            default_res_model: res_model,
        };
        await this.orm.call(DIALOG, "action_log", [ids]);
        onActivityChanged(thread);
        thread.fetchNewMessages();
        close?.();
        if (plansNext) {
            await new Promise((resolve) =>
                action.doAction(
                    {
                        type: "ir.actions.act_window",
                        name: _t("Schedule an Activity"),
                        res_model: "mail.activity",
                        views: [[false, "form"]],
                        target: "new",
                        context,
                    },
                    {onClose: resolve}
                )
            );
            onActivityChanged(thread);
        }
    },
});
