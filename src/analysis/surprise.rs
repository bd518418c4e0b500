//! placeholder
/// x
#[derive(Debug)]
pub struct Surprise { n: f64 }
impl Surprise {
    /// x
    pub fn new(_has_clock: bool) -> Self { Self { n: 0.0 } }
    /// x
    pub fn take(&mut self, _at: f64, _value: f64) -> f64 { self.n += 1.0; 0.0 }
}
