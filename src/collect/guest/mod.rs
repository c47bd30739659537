//! stub
use scs_checks::facts::*;
pub fn user_data() -> String {
    String::new()
}
#[derive(Default)]
pub struct Console {
    pub finished: bool,
    pub failed: Option<String>,
}
impl Console {
    pub fn entropy_pool(&self) -> Result<EntropyPool, String> {
        Err("x".into())
    }
    pub fn random_blocks(&self) -> Result<RandomBlocks, String> {
        Err("x".into())
    }
    pub fn cpu_instructions(&self) -> Result<CpuInstructions, String> {
        Err("x".into())
    }
}
pub fn read(_: &str) -> Console {
    Console::default()
}
