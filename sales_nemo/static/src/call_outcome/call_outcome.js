import {ActivityMarkAsDone} from "@mail/core/web/activity_markasdone_popover";
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

    /** @param {"action_call_reached"|"action_call_no_answer"} method */
    async onClickCallDone(method) {
        const {id, res_id, res_model, feedback} = this.props.activity;
        const thread = this.env.services["mail.store"].Thread.insert({
            model: res_model,
            id: res_id,
        });
        await this.orm.call("mail.activity", method, [[id]], {feedback});
        this.props.onActivityChanged(thread);
        await thread.fetchNewMessages();
        this.props.close?.();
    },
});
