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
