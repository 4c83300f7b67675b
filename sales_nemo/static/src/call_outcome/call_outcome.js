import {ActivityMarkAsDone} from "@mail/core/web/activity_markasdone_popover";
import {serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";

const MODELS_WITH_CONTACT = ["crm.lead", "res.partner"];

/** Marking a call of a lead or contact as done asks what it came to. */
patch(ActivityMarkAsDone.prototype, {
    setup() {
        super.setup();
        this.orm = useService("orm");
    },

    get asksCallOutcome() {
        const {activity_category, res_model} = this.props.activity;
        return (
            activity_category === "phonecall" && MODELS_WITH_CONTACT.includes(res_model)
        );
    },

    /**
     * @param {"action_call_reached"|"action_call_no_answer"} method
     * @param {boolean} [andNext] plan the next activity, too
     */
    async onClickCallDone(method, andNext) {
        const {activity, close, onActivityChanged} = this.props;
        const {id, res_id, res_model, feedback} = activity;
        const thread = this.env.services["mail.store"].Thread.insert({
            model: res_model,
            id: res_id,
        });
        if (andNext) {
            this.props.onClickDoneAndScheduleNext?.();
        }
        // What is planned next depends on the call, which is gone when it is done.
        const context = {
            activity_previous_deadline: serializeDate(activity.date_deadline),
            default_previous_activity_type_id: activity.activity_type_id.id,
            default_res_id: res_id,
            default_res_model: res_model,
        };
        const {action} = this.env.services;
        await this.orm.call("mail.activity", method, [[id]], {feedback});
        onActivityChanged(thread);
        thread.fetchNewMessages();
        close?.();
        if (andNext) {
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
