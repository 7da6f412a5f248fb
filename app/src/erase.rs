//! Erased views, without the code that nobody calls.
//!
//! Leptos' own `into_any` also compiles, for every view, a second hydration that waits for routes loaded lazily: a seventh of
//! the client, for routes that we do not have. [`Erase::erase`] hydrates in one way only. Its HTML is the same.

use leptos::prelude::{AddAnyAttr, AnyView, IntoAny, IntoView, Render, RenderHtml};
use leptos::tachys::html::attribute::Attribute;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState};

/// Views that can be erased: all of them.
pub trait Erase {
    /// The view as one type, whatever it is made of.
    fn erase(self) -> AnyView;
}

impl<T> Erase for T
where
    T: IntoView + 'static,
{
    fn erase(self) -> AnyView {
        Eager(self.into_view()).into_any()
    }
}

/// A view of which [`RenderHtml::hydrate_async`] is the ordinary hydration.
struct Eager<T>(T);

impl<T: Render> Render for Eager<T> {
    type State = T::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, state: &mut Self::State) {
        self.0.rebuild(state);
    }
}

impl<T: AddAnyAttr> AddAnyAttr for Eager<T> {
    type Output<A: Attribute> = Eager<T::Output<A>>;

    fn add_any_attr<A: Attribute>(self, attribute: A) -> Self::Output<A>
    where
        Self::Output<A>: RenderHtml,
    {
        Eager(self.0.add_any_attr(attribute))
    }
}

impl<T: RenderHtml> RenderHtml for Eager<T> {
    type AsyncOutput = T::AsyncOutput;
    type Owned = Eager<T::Owned>;

    const MIN_LENGTH: usize = T::MIN_LENGTH;
    const EXISTS: bool = T::EXISTS;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> Self::AsyncOutput {
        self.0.resolve().await
    }

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html_with_buf(
        self,
        html: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        attributes: Vec<AnyAttribute>,
    ) {
        self.0.to_html_with_buf(html, position, escape, mark_branches, attributes);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        html: &mut leptos::tachys::ssr::StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        attributes: Vec<AnyAttribute>,
    ) {
        self.0.to_html_async_with_buf::<OUT_OF_ORDER>(html, position, escape, mark_branches, attributes);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(cursor, position)
    }

    fn into_owned(self) -> Self::Owned {
        Eager(self.0.into_owned())
    }
}
