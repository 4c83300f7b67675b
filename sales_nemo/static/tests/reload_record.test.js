import {expect, test} from "@odoo/hoot";
import {reloadOnClose} from "@sales_nemo/reload_record";

test("a dialog that is closed reloads what is below it", async () => {
    const {onClose} = reloadOnClose(async () => expect.step("reload"));
    await onClose();
    await onClose({special: true});
    expect.verifySteps(["reload", "reload"]);
});

test("a dialog that gives way to another view waits for nothing", () => {
    const {onClose} = reloadOnClose(() => new Promise(() => expect.step("reload")));
    expect(onClose({noReload: true})).toBe(undefined);
    expect.verifySteps([]);
});
