//! The secrets of one's own workspace and of an organization, without any, with some, and with what goes wrong.

use super::super::{sign_in, sign_out};
use crate::support::browser::Browser;
use crate::support::critic::Critic;
use crate::support::secrets::permit;
use crate::support::world::World;

const LONG: &str =
    "THE_TOKEN_OF_THE_NORTH_WESTERN_HARBOUR_AND_EVERYTHING_THAT_LIES_BEHIND_IT_UP_TO_THE_BORDER_AND_BEYOND";
const FILE: &str = "API_KEY=1\nplain=2\nPATH=3\nno name\nTWICE=\"4\nTWICE=5\"\nTWICE=6\n";

pub async fn walk(world: &World, browser: &Browser, critic: &mut Critic<'_>) {
    let selma = world.person("selma-of-the-secrets");
    let own = world.id_of(&selma.username).personal_workspace();
    let team = world.organization("secret-works", &selma).id;
    world.project(&selma, "Gripper Vision");
    sign_in(browser, &selma).await;
    for (whose, workspace, base) in
        [("own", own, "/settings/secrets"), ("shared", team, "/secret-works/settings/secrets")]
    {
        critic.visit(&format!("{whose}-secrets-empty"), base).await;
        critic.visit(&format!("{whose}-secret-new"), &format!("{base}/new")).await;
        critic.refuse(&format!("{whose}-secret-new-wrong"), "Add secret").await;
        browser.fill("Name", LONG).await;
        browser.fill("Secret", "-----BEGIN KEY-----\nMIIEvQ\n-----END KEY-----").await;
        browser.fill("Description", &"What opens the harbour's gates. ".repeat(12)).await;
        browser.press("Add secret").await;
        critic.look(&format!("{whose}-secrets-one")).await;
        browser.follow(&format!("Manage {LONG}")).await;
        critic.look(&format!("{whose}-secret-unused")).await;
        let page = browser.path().await;
        critic.visit(&format!("{whose}-secret-replace"), &format!("{page}/replace")).await;
        critic.refuse(&format!("{whose}-secret-replace-wrong"), "Replace value").await;
        browser.fill("New value", "better").await;
        browser.press("Replace value").await;
        world.environment(workspace, None);
        critic.visit(&format!("{whose}-secret"), &page).await;
        browser.fill("Last day", "2020-01-01").await;
        critic.refuse(&format!("{whose}-secret-wrong"), "Save changes").await;
        critic.visit(&format!("{whose}-secret-leak"), &format!("{page}/leak")).await;
        browser.press("Mark as leaked").await;
        critic.look(&format!("{whose}-leak")).await;
        let drill = browser.path().await;
        critic.refuse(&format!("{whose}-leak-wrong"), "Close the drill").await;
        critic.visit(&format!("{whose}-secret-leaked"), &page).await;
        critic.visit(&format!("{whose}-secrets-leaked"), base).await;
        critic.visit(&format!("{whose}-leak-to-close"), &drill).await;
        browser.fill("Reason", "The repository was private, and the value is no longer good.").await;
        browser.press("Close the drill").await;
        critic.look(&format!("{whose}-leak-closed")).await;
        critic.visit(&format!("{whose}-secrets-paste"), &format!("{base}/paste")).await;
        critic.refuse(&format!("{whose}-secrets-paste-wrong"), "Look at the names").await;
        browser.fill("File", FILE).await;
        browser.press("Look at the names").await;
        critic.visit(&format!("{whose}-secrets-review"), &format!("{base}/review")).await;
        browser.press("Keep these secrets").await;
        critic.look(&format!("{whose}-secrets")).await;
        critic.visit(&format!("{whose}-secrets-none-so"), &format!("{base}?q=nowhere")).await;
        critic.visit(&format!("{whose}-secret-delete"), &format!("{page}/delete")).await;
        critic.refuse(&format!("{whose}-secret-delete-wrong"), "Delete secret").await;
        browser.fill("Type its name", LONG).await;
        browser.press("Delete secret").await;
        critic.look(&format!("{whose}-secrets-deleted")).await;
        let may = permit(workspace, world.id_of(&selma.username));
        for n in 0..60 {
            world.secret(&may, &format!("MANY_{n}"), "x");
        }
        critic.visit(&format!("{whose}-secrets-many"), base).await;
    }
    sign_out(browser).await;
}
