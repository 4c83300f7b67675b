import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

// A topic is its title and its words, each with what it means.
const TOPICS = [
    [
        _t("Where the name comes from"),
        [
            [_t("The sea"), _t("The contacts and accounts that a team may sell to.")],
            [_t("A fish"), _t("A contact.")],
            [_t("A pod of fish"), _t("An account: a company with all of its people.")],
            [_t("Any fish in the sea"), _t("A lead: we know very little about it.")],
            [_t("What Nemo looks like"), _t("The criteria of the customer you want.")],
            [_t("Looking at a fish closely"), _t("Qualification: asking, and noting.")],
            [_t("Nemo"), _t("An opportunity: it is what you were looking for.")],
            [_t("Into the aquarium"), _t("Won.")],
            [
                _t("Back in the sea"),
                _t("Lost, perhaps to come back for somebody else."),
            ],
        ],
    ],
    [
        _t("Who it is about"),
        [
            [_t("Contact"), _t("A person of the customer.")],
            [
                _t("Account"),
                _t(
                    "The company that a contact belongs to; what one of its people told serves all of its leads."
                ),
            ],
            [
                _t("Territory"),
                _t("Whom a sales team may sell to, chosen by the team's filter."),
            ],
            [_t("Lead"), _t("A contact or an account that we know very little about.")],
            [
                _t("Opportunity"),
                _t(
                    "A qualified lead: we were in touch, we know the needs, the buyer committed to a next step, and the account fits."
                ),
            ],
            [
                _t("Role"),
                _t("The part that a person plays in the customer's decision."),
            ],
        ],
    ],
    [
        _t("What is asked"),
        [
            [
                _t("Profile"),
                _t(
                    "The customer that you want: what is asked of leads, and how strictly. A lead has one."
                ),
            ],
            [
                _t("Criterion"),
                _t(
                    "A question of the profile; good answers earn points, and it may be required."
                ),
            ],
            [
                _t("Requirement"),
                _t(
                    "What a criterion needs whatever the score: nothing, any answer, or a good one."
                ),
            ],
            [
                _t("Unknown"),
                _t("Nobody has answered yet, or the answer expired; it is not a no."),
            ],
            [
                _t("Framework"),
                _t("A ready-made list of questions, to begin a profile with."),
            ],
            [
                _t("Draft, version"),
                _t(
                    "A profile is changed in its draft; what you publish is a version, and only that rules."
                ),
            ],
            [
                _t("Enforcement"),
                _t(
                    "How strict a profile is: enforce refuses, advise only says what is missing, off judges nothing."
                ),
            ],
        ],
    ],
    [
        _t("What is known"),
        [
            [_t("Need"), _t("What the customer wants solved.")],
            [
                _t("Commitment"),
                _t(
                    "What the buyer promised to do next, by a day, and whether they did."
                ),
            ],
            [
                _t("Evidence"),
                _t("The message, meeting or call that proves that you were in touch."),
            ],
            [
                _t("In touch"),
                _t(
                    "Both sides were heard: they answered, came to a meeting, or were reached by phone."
                ),
            ],
            [
                _t("Agent"),
                _t(
                    "A program that works as a user of its own; what it tells is marked as such."
                ),
            ],
        ],
    ],
    [
        _t("What follows from it"),
        [
            [
                _t("Gate"),
                _t(
                    "The checks that stand between a lead and the pipeline, the same on every way into it."
                ),
            ],
            [_t("Ready"), _t("All checks pass: the lead may become an opportunity.")],
            [_t("Blocked"), _t("At least one check fails; each says what to do.")],
            [_t("Disqualified"), _t("An answer rules the lead out.")],
            [_t("Next step"), _t("The one thing to do now.")],
            [
                _t("Score"),
                _t("The points that the answers earned, in percent of all points."),
            ],
            [
                _t("Grade"),
                _t(
                    "A letter and a digit: A to D by the score, 1 to 4 by how long ago you were in touch."
                ),
            ],
            [
                _t("Scorecard"),
                _t(
                    "What each answer is worth, learned from your closed deals; with it Odoo's probability comes with reasons."
                ),
            ],
        ],
    ],
    [
        _t("Who let it through"),
        [
            [
                _t("Decision"),
                _t(
                    "The log's entry of who or what was let through or refused, when, and on which facts; it is never changed."
                ),
            ],
            [_t("Passed"), _t("It came into the pipeline because all checks passed.")],
            [
                _t("Exception"),
                _t(
                    "A salesperson asks that a lead may pass all the same; an approver grants or declines it."
                ),
            ],
            [
                _t("Approver"),
                _t("Who may let a lead through that doesn't pass, with a reason."),
            ],
            [_t("Overridden"), _t("An approver let it through.")],
            [
                _t("Flagged"),
                _t(
                    "An opportunity that never passed, for example an imported one; it has until a day to do so."
                ),
            ],
        ],
    ],
    [
        _t("What was lost"),
        [
            [
                _t("Return"),
                _t("The plan that a lost record comes back on a day, as a new lead."),
            ],
            [
                _t("Attempt"),
                _t(
                    "A lead that continues a lost one, with a brief of what is known; they are numbered."
                ),
            ],
            [
                _t("Pool"),
                _t(
                    "What came back for whoever takes it: Up for Grabs. Who had it before can't take it again."
                ),
            ],
        ],
    ],
];

/** The words of the addon, with a sentence each, and the story behind its name. */
export class Glossary extends Component {
    static template = "sales_nemo.Glossary";
    static components = {Layout};
    static props = {...standardActionServiceProps};
    static path = "qualification-glossary";
    static displayName = _t("Glossary");

    setup() {
        this.display = {controlPanel: {}};
        this.topics = TOPICS;
    }
}

registry.category("actions").add("sales_nemo.glossary", Glossary);
