//! Pages of `watch` as terminals of several sizes show them.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::commands::watch::Watching;
use crate::report::console::watch::{Live, LiveIncident};

use super::draw::{Shown, draw};
use super::keys::{Action, Page, Ui};
use super::theme::Theme;

const PLAIN: Theme = Theme { has_colours: false, is_ascii: false };

/// A recorded run, as if it were still being measured: an open incident, and a name with wide letters in it.
fn live() -> Arc<Live> {
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/runs/schema-2/run");
    let mut watching = Watching::open(Path::new("."), &run.to_string_lossy()).unwrap();
    watching.read(|_, _| ()).unwrap();
    let mut live = watching.live().clone();
    live.state = "running";
    live.run_id = "検索-20261126T120944Z".to_owned();
    let mut heartbeat = live.heartbeat.take().unwrap();
    heartbeat.cell = Some("browse at heavy_load:10".to_owned());
    live.heartbeat = Some(heartbeat);
    live.incidents.insert(
        0,
        LiveIncident {
            is_open: true,
            series: vec!["browse".to_owned()],
            sentence: "browse: mean service time +41.3 %, since 26 Nov 12:09:44 UTC, open".to_owned(),
        },
    );
    Arc::new(live)
}

fn drawn(live: &Live, ui: &mut Ui, theme: Theme, (columns, rows): (u16, u16)) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let now: Timestamp = "2026-01-01T00:30:00Z".parse().unwrap();
    let shown = Shown { live, now, theme, note: None };
    terminal.draw(|frame| draw(&shown, ui, frame.buffer_mut())).unwrap();
    terminal
}

fn press(ui: &mut Ui, code: KeyCode, live: &Arc<Live>) -> Action {
    ui.key(KeyEvent::new(code, KeyModifiers::NONE), live)
}

#[test]
fn pages_fit_terminals() {
    let live = live();
    for size in [(120, 40), (80, 24), (60, 15), (40, 10)] {
        let terminal = drawn(&live, &mut Ui::default(), PLAIN, size);
        insta::assert_snapshot!(format!("rows_{}x{}", size.0, size.1), terminal.backend());
    }
    let mut ui = Ui::default();
    press(&mut ui, KeyCode::Enter, &live);
    insta::assert_snapshot!("details_100x30", drawn(&live, &mut ui, PLAIN, (100, 30)).backend());
    press(&mut ui, KeyCode::Char('?'), &live);
    insta::assert_snapshot!("help_80x24", drawn(&live, &mut ui, PLAIN, (80, 24)).backend());
}

#[test]
fn no_size_is_too_small() {
    let live = live();
    let keys = [KeyCode::End, KeyCode::Enter, KeyCode::End, KeyCode::Char('?')];
    for (columns, rows) in (1..30).flat_map(|columns| (1..20).map(move |rows| (columns, rows))) {
        let mut ui = Ui::default();
        for key in keys {
            drawn(&live, &mut ui, PLAIN, (columns, rows));
            press(&mut ui, key, &live);
        }
    }
    insta::assert_snapshot!(drawn(&live, &mut Ui::default(), PLAIN, (1, 1)).backend(), @r#""…""#);
}

#[test]
fn colours_repeat_what_words_say() {
    let live = live();
    let coloured = Theme { has_colours: true, ..PLAIN };
    let [plain, colours] = [PLAIN, coloured].map(|theme| drawn(&live, &mut Ui::default(), theme, (120, 40)));
    assert_eq!(plain.backend().to_string(), colours.backend().to_string());
    let reset = |terminal: &Terminal<TestBackend>| {
        let cells = terminal.backend().buffer().content();
        cells
            .iter()
            .all(|cell| cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset)
    };
    assert!(reset(&plain) && !reset(&colours));
    let ascii = Theme { is_ascii: true, ..PLAIN };
    let text = drawn(&live, &mut Ui::default(), ascii, (120, 40)).backend().to_string();
    assert!(!text.contains('▁') && !text.contains('█'), "{text}");
}

#[test]
fn keys_select_and_turn_pages() {
    let live = live();
    let mut ui = Ui::default();
    let rows = ui.rows(&live).len();
    assert_eq!(press(&mut ui, KeyCode::Up, &live), Action::Draw);
    assert_eq!(ui.selected(&ui.rows(&live)), 0);
    press(&mut ui, KeyCode::End, &live);
    assert_eq!(ui.selected(&ui.rows(&live)), rows - 1);
    press(&mut ui, KeyCode::Char('k'), &live);
    let chosen = ui.rows(&live)[rows - 2].name.clone();
    press(&mut ui, KeyCode::Enter, &live);
    let text = drawn(&live, &mut ui, PLAIN, (100, 30)).backend().to_string();
    assert!(ui.page == Page::Details && text.contains(&chosen.series()), "{text}");
    assert_eq!(press(&mut ui, KeyCode::Esc, &live), Action::Draw);
    press(&mut ui, KeyCode::Tab, &live);
    assert_eq!(ui.level, Some(0));
    assert!(ui.rows(&live).len() < rows);
    press(&mut ui, KeyCode::BackTab, &live);
    assert_eq!((ui.level, press(&mut ui, KeyCode::Char('9'), &live)), (None, Action::Nothing));
    press(&mut ui, KeyCode::Char('p'), &live);
    assert!(ui.is_paused());
    assert_eq!(press(&mut ui, KeyCode::Esc, &live), Action::Quit);
    assert_eq!(press(&mut ui, KeyCode::Char('q'), &live), Action::Quit);
    let control = |letter| KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    assert_eq!(ui.key(control('c'), &live), Action::Quit);
    assert_eq!(ui.key(control('z'), &live), Action::Suspend);
}
