"""Members of Playwright's Page that leave nothing behind in the browser's context.

The mouse and the keyboard are not among them: a button or a key may still be down when a test ends.
After a test that used no others its page is wiped and used again; after any other it is closed.
"""

from __future__ import annotations

READING = frozenset(
    {
        "bring_to_front",
        "check",
        "click",
        "content",
        "dblclick",
        "dispatch_event",
        "drag_and_drop",
        "eval_on_selector",
        "eval_on_selector_all",
        "fill",
        "focus",
        "frame_locator",
        "get_attribute",
        "get_by_alt_text",
        "get_by_label",
        "get_by_placeholder",
        "get_by_role",
        "get_by_test_id",
        "get_by_text",
        "get_by_title",
        "hover",
        "inner_html",
        "inner_text",
        "input_value",
        "is_checked",
        "is_closed",
        "is_disabled",
        "is_editable",
        "is_enabled",
        "is_hidden",
        "is_visible",
        "locator",
        "press",
        "query_selector",
        "query_selector_all",
        "screenshot",
        "select_option",
        "set_checked",
        "tap",
        "text_content",
        "title",
        "type",
        "uncheck",
        "url",
        "viewport_size",
        "wait_for_function",
        "wait_for_load_state",
        "wait_for_selector",
        "wait_for_timeout",
        "wait_for_url",
    }
)
