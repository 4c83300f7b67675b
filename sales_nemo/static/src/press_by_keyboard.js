import {registry} from "@web/core/registry";

const PRESSED = {Enter: "a, button", " ": "button"};

/**
 * Odoo's kanban view takes Enter and space for its cards, also when a button in a card
 * has the focus: the key never comes to that. To our own buttons it does.
 */
registry.category("services").add("sales_nemo.press_by_keyboard", {
    start() {
        // the view listens on the window, which comes after the document
        document.addEventListener("keydown", (ev) => {
            const isOurs = ev.target.closest(".o_nemo")?.closest(".o_kanban_record");
            if (isOurs && ev.key in PRESSED && ev.target.matches(PRESSED[ev.key])) {
                ev.stopPropagation();
            }
        });
    },
});
