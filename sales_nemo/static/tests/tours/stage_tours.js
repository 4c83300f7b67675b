import {addTour} from "./tour_helpers";

addTour("qualification_stage", () => [
    {
        content: "the stage asks for a budget that nobody knows",
        trigger: ".o_statusbar_status button:contains(Proposition)",
        run: "click",
    },
    {
        trigger:
            ".modal:has(.modal-title:contains(Not Ready for This Stage)):contains(Budget?)",
    },
    {
        content: "it is entered right there",
        trigger: ".modal button:contains(Enter what is missing)",
        run: "click",
    },
    {
        trigger:
            ".modal .o_qualification_question:contains(Budget?):contains(From Proposition) label:contains(Yes)",
        run: "click",
    },
    {trigger: ".modal li[data-check=criteria_met][data-state=passed]"},
    {trigger: ".modal button[name=action_enter]", run: "click"},
    {
        content: "and the opportunity moves on",
        trigger:
            "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Proposition)",
    },
]);
