import {registry} from "@web/core/registry";

// Milliseconds that a step may take, the most that Odoo allows: only what hangs does.
const PATIENCE = 60000;

/**
 * Adds a tour that a slow machine doesn't fail.
 *
 * @param {String} name
 * @param {Function} getSteps
 */
export function addTour(name, getSteps) {
    registry.category("web_tour.tours").add(name, {
        steps: () => getSteps().map((step) => ({timeout: PATIENCE, ...step})),
    });
}

/** A character of a text, not a command. */
function isText({key, target, altKey, ctrlKey}) {
    const isTyped = key.length === 1 && !altKey && !ctrlKey;
    return isTyped && target.matches("input, textarea");
}

/**
 * Adds a tour that fails where it takes more clicks, or keys besides text.
 *
 * @param {String} name
 * @param {Object} most {clicks, keys}
 * @param {Function} getSteps
 */
export function addCountedTour(name, most, getSteps) {
    const count = {clicks: 0, keys: 0};
    const start = {
        trigger: "body",
        run() {
            const listen = (type, listener) =>
                window.addEventListener(type, listener, {capture: true});
            listen("pointerdown", () => count.clicks++);
            listen("keydown", (ev) => (count.keys += isText(ev) ? 0 : 1));
        },
    };
    const end = {
        trigger: "body",
        run() {
            console.log(`${name}: ${count.clicks} clicks, ${count.keys} keys`);
            for (const [what, limit] of Object.entries(most)) {
                if (count[what] > limit) {
                    throw new Error(`${count[what]} ${what}, at most ${limit}`);
                }
            }
        },
    };
    addTour(name, () => [start, ...getSteps(), end]);
}
